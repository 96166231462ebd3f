import { IdTable } from "as-proxy-wasm/assembly/runtime/id-table";

class Thing {
  constructor(readonly id: u32) {}
}

describe("a table by the host's numbers", () => {
  it("has what was entered and not taken out, as a map has", () => {
    const table = new IdTable<Thing>();
    const map = new Map<u32, Thing>();
    let seed: u32 = 1;
    for (let i = 0; i < 20000; i++) {
      seed = seed * 1664525 + 1013904223;
      // Numbers that follow one another, that have the low bits of calls, and any at all.
      const kind = (seed >> 28) & 3;
      const id: u32 =
        kind == 0 ? (seed >> 8) % 500 : kind == 1 ? (((seed >> 8) % 300) << 2) + 1 : seed % 4000;
      const wasThere = map.has(id);
      if (seed & (1 << 20)) {
        const thing = new Thing(id);
        table.put(id, thing);
        map.set(id, thing);
      } else {
        const taken = table.take(id);
        expect<bool>(taken !== null).toBe(wasThere);
        if (taken !== null) expect<u32>(taken.id).toBe(id);
        map.delete(id);
      }
      const found = table.find(id);
      expect<bool>(found !== null).toBe(map.has(id));
      expect<u32>(table.size).toBe(map.size);
    }
    const ids = map.keys();
    for (let i = 0; i < ids.length; i++) {
      const found = table.find(ids[i]);
      expect<bool>(found === map.get(ids[i])).toBe(true);
    }
  });
});
