import { allocateInArena, arenaUse, resetArena } from "as-proxy-wasm/assembly/runtime/arena";

const LARGER_THAN_THE_ARENA: usize = 100 * 1024;

describe("the arena", () => {
  it("aligns every piece to 8 bytes", () => {
    resetArena();
    for (let size: usize = 0; size < 40; size++) {
      expect<usize>(allocateInArena(size) & 7).toBe(0);
    }
    expect<usize>(allocateInArena(LARGER_THAN_THE_ARENA + 3) & 7).toBe(0);
    resetArena();
  });

  it("gives pieces that do not overlap", () => {
    resetArena();
    const first = allocateInArena(5);
    const second = allocateInArena(11);
    memory.fill(first, 1, 5);
    memory.fill(second, 2, 11);
    expect<u8>(load<u8>(first + 4)).toBe(1);
    expect<usize>(second).toBeGreaterThanOrEqual(first + 5);
    resetArena();
  });

  it("gives the same place again after a reset", () => {
    resetArena();
    const first = allocateInArena(100);
    resetArena();
    expect<usize>(arenaUse()).toBe(0);
    expect<usize>(allocateInArena(100)).toBe(first);
    resetArena();
  });

  it("has no end: what does not fit comes from the heap, and stays until the reset", () => {
    resetArena();
    const pieces: usize[] = [];
    for (let i = 0; i < 40; i++) {
      const piece = allocateInArena(1000);
      memory.fill(piece, <u8>i, 1000);
      pieces.push(piece);
    }
    for (let i = 0; i < 40; i++) {
      expect<u8>(load<u8>(pieces[i])).toBe(<u8>i);
      expect<u8>(load<u8>(pieces[i] + 999)).toBe(<u8>i);
    }
    resetArena();
  });

  it("frees the pieces from the heap at the reset", () => {
    resetArena();
    allocateInArena(LARGER_THAN_THE_ARENA);
    resetArena();
    const pages = memory.size();
    for (let i = 0; i < 200; i++) {
      allocateInArena(LARGER_THAN_THE_ARENA);
      resetArena();
    }
    expect<i32>(memory.size()).toBe(pages);
  });

  it("still gives small pieces from the arena after a large one", () => {
    resetArena();
    allocateInArena(LARGER_THAN_THE_ARENA);
    const use = arenaUse();
    allocateInArena(16);
    expect<usize>(arenaUse()).toBe(use + 16);
    resetArena();
  });

  it("answers 0 for a size that no block can have", () => {
    expect<usize>(allocateInArena(0xffffffff)).toBe(0);
    expect<usize>(allocateInArena(1 << 30)).toBe(0);
    resetArena();
  });

  it("is overwritten at the reset in a debug build, so that a view that was kept is seen", () => {
    resetArena();
    const piece = allocateInArena(8);
    store<u64>(piece, 0);
    resetArena();
    expect<u64>(load<u64>(piece)).toBe(0xdbdbdbdbdbdbdbdb);
  });
});
