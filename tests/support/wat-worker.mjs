// Binaryen in plain JavaScript, away from tsx, which would translate all 15 MB of it.
import { parentPort } from "node:worker_threads";
import binaryen from "binaryen";

/** What asc itself emits. */
const emitted =
  binaryen.Features.MutableGlobals |
  binaryen.Features.SignExt |
  binaryen.Features.NontrappingFPToInt |
  binaryen.Features.BulkMemory |
  binaryen.Features.BulkMemoryOpt |
  binaryen.Features.SIMD128;

parentPort?.on("message", (/** @type {{ id: number, text?: string, bytes?: Uint8Array }} */ asked) => {
  const { id, text, bytes } = asked;
  const module =
    text === undefined ? binaryen.readBinary(bytes ?? new Uint8Array()) : binaryen.parseText(text);
  module.setFeatures(text === undefined ? binaryen.Features.All : emitted);
  const answer = text === undefined ? module.emitText() : module.emitBinary();
  module.dispose();
  parentPort?.postMessage({ id, answer });
});
