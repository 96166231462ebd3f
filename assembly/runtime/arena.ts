/**
 * Memory for what lives no longer than one callback: the host's data, and the UTF-8 forms of strings on their
 * way to it. Taking a piece moves a pointer; `resetArena` gives everything back when the outermost callback ends.
 *
 * A piece that no longer fits comes from the heap and is freed at the reset.
 */

/** Enough for the headers of an ordinary request several times over. */
const ARENA_SIZE: usize = 16 * 1024;

/** The heap's own limit for one block, less the link of an overflow piece. */
const LARGEST_PIECE: usize = (1 << 30) - 64;

/** An overflow piece begins with the address of the one taken before it; 16 bytes keep what follows aligned. */
const OVERFLOW_LINK: usize = 16;

const POISON: u8 = 0xdb;

let begin: usize = 0;
let next: usize = 0;
let end: usize = 0;
let overflow: usize = 0;

/**
 * Takes `size` bytes, aligned to 8, that stay until the outermost callback ends. They are not cleared.
 * Whoever looks a byte beyond a piece is still within memory. An empty piece has an address too. Returns 0 only for a
 * size that no heap block can have. (`proxy_on_memory_allocate`)
 */
export function allocateInArena(size: usize): usize {
  const piece = next;
  // Less than all that is left, so that before the first use, when there is nothing, even an empty piece fits not.
  if (size < end - piece) {
    next = piece + ((size + 7) & ~7);
    return piece;
  }
  return allocateBeyond(size);
}

function allocateBeyond(size: usize): usize {
  if (begin == 0) {
    begin = heap.alloc(ARENA_SIZE);
    next = begin;
    end = begin + ARENA_SIZE;
    return allocateInArena(size);
  }
  if (size > LARGEST_PIECE) return 0;
  const piece = heap.alloc(size + OVERFLOW_LINK + 1);
  store<usize>(piece, overflow);
  overflow = piece;
  return piece + OVERFLOW_LINK;
}

/** Gives everything back. A debug build overwrites it first, so that a view that was kept reads as rubbish. */
// @ts-ignore: decorator
@inline
export function resetArena(): void {
  // @ts-ignore: the transform defines the constant in debug builds
  if (isDefined(APW_DEBUG)) memory.fill(begin, POISON, next - begin);
  next = begin;
  if (overflow != 0) freeOverflow();
}

function freeOverflow(): void {
  let piece = overflow;
  overflow = 0;
  while (piece != 0) {
    const older = load<usize>(piece);
    heap.free(piece);
    piece = older;
  }
}

/** The number of bytes taken since the last reset, without overflow pieces. */
export function arenaUse(): usize {
  return next - begin;
}
