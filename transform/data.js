/**
 * Static data, made smaller: AssemblyScript's strings are UTF-16 and their headers mostly zero, so that half of a
 * module's data are zeros. They travel packed and are unpacked by the first thing that `_initialize` does.
 *
 * Packed are 8 bytes at a time: a byte that tells by its bits which of them are not zero, then those. What the
 * unpacking needs lies for that moment behind the static data, where the heap has yet to begin.
 */

const UNPACK = "~as-proxy-wasm/unpack";
const SEGMENT = "packed";

/** Unpacking takes this much code; less data than a multiple of it is left alone. */
const CODE_SIZE = 160;

/**
 * @param {any} module a binaryen module, as asc made it
 * @param {any} binaryen
 */
export function packData(module, binaryen) {
  if (typeof module.getNumDataSegments !== "function" || !module.hasMemory()) return;
  const start = module.getFunction("~start");
  const segments = staticSegments(module);
  if (!start || !segments || segments.length === 0) return;

  const begin = Math.min(...segments.map(({ offset }) => offset)) & ~7;
  const end = (Math.max(...segments.map(({ offset, data }) => offset + data.length)) + 7) & ~7;
  const image = new Uint8Array(end - begin);
  for (const { offset, data } of segments) image.set(data, offset - begin);
  const packed = pack(image);
  if (image.length < 4 * CODE_SIZE || packed.length + CODE_SIZE > image.length) return;

  const memory = module.getMemoryInfo();
  const pages = Math.max(memory.initial, Math.ceil((end + packed.length) / 65536));
  module.setMemory(
    pages,
    memory.max ?? -1,
    null,
    [{ name: SEGMENT, offset: 0, data: packed, passive: true }],
    memory.shared ?? false,
    false,
    memory.name ?? "0",
  );
  addUnpack(module, binaryen, begin, end, packed.length);
  const body = binaryen.getFunctionInfo(start).body;
  binaryen.Function.setBody(
    start,
    module.block(null, [module.call(UNPACK, [], binaryen.none), body], binaryen.none),
  );
}

/**
 * The segments with constant offsets; null where there are others.
 *
 * @param {any} module
 */
function staticSegments(module) {
  const segments = [];
  for (let i = 0; i < module.getNumDataSegments(); i++) {
    const info = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
    if (info.passive || typeof info.offset !== "number") return null;
    segments.push({ offset: info.offset, data: new Uint8Array(info.data) });
  }
  return segments;
}

/** @param {Uint8Array} image a multiple of 8 bytes */
function pack(image) {
  const packed = [];
  for (let at = 0; at < image.length; at += 8) {
    const bytes = image.subarray(at, at + 8);
    packed.push(bytes.reduce((bits, byte, i) => (byte ? bits | (1 << i) : bits), 0));
    for (const byte of bytes) if (byte) packed.push(byte);
  }
  return Uint8Array.from(packed);
}

/**
 * Adds the function that unpacks from `end` to `begin`:
 *
 *     memory.init(end, 0, size); data.drop
 *     for (target = begin, source = end; target != end; target += 8)
 *       for (bits = 256 | load8(source++), at = target; bits != 1; bits >>= 1, at++)
 *         if (bits & 1) store8(at, load8(source++))
 *     memory.fill(end, 0, size)
 *
 * @param {any} module
 * @param {any} binaryen
 * @param {number} begin
 * @param {number} end
 * @param {number} size
 */
function addUnpack(module, binaryen, begin, end, size) {
  const { i32 } = module;
  const [target, source, bits, at] = [0, 1, 2, 3];
  const get = (/** @type {number} */ local) => module.local.get(local, binaryen.i32);
  const set = (/** @type {number} */ local, /** @type {number} */ value) => module.local.set(local, value);
  const next = () => set(source, i32.add(get(source), i32.const(1)));
  const body = module.block(null, [
    module.memory.init(SEGMENT, i32.const(end), i32.const(0), i32.const(size)),
    module.data.drop(SEGMENT),
    set(target, i32.const(begin)),
    set(source, i32.const(end)),
    module.loop(
      "groups",
      module.block(null, [
        set(bits, i32.or(i32.const(256), i32.load8_u(0, 1, get(source)))),
        next(),
        set(at, get(target)),
        module.loop(
          "bytes",
          module.block(null, [
            module.if(
              i32.and(get(bits), i32.const(1)),
              module.block(null, [i32.store8(0, 1, get(at), i32.load8_u(0, 1, get(source))), next()]),
            ),
            set(at, i32.add(get(at), i32.const(1))),
            set(bits, i32.shr_u(get(bits), i32.const(1))),
            module.br("bytes", i32.ne(get(bits), i32.const(1))),
          ]),
        ),
        set(target, get(at)),
        module.br("groups", i32.ne(get(target), i32.const(end))),
      ]),
    ),
    module.memory.fill(i32.const(end), i32.const(0), i32.const(size)),
  ]);
  module.addFunction(UNPACK, binaryen.none, binaryen.none, Array(4).fill(binaryen.i32), body);
}
