// `node cli/optimise.mjs <in.wasm> <out.wasm>`, a program of its own in plain JavaScript: tsx would translate the
// 15 MB of binaryen each time it is imported.
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

/** What asc itself emits. Binaryen may use nothing beyond it, so that older hosts load the result. */
const features =
  binaryen.Features.MutableGlobals |
  binaryen.Features.SignExt |
  binaryen.Features.NontrappingFPToInt |
  binaryen.Features.BulkMemory |
  binaryen.Features.BulkMemoryOpt |
  binaryen.Features.SIMD128;

/**
 * The module after binaryen's passes, which are newer than those in asc. Names and other custom sections go, the
 * behaviour stays.
 *
 * @param {Uint8Array} bytes
 * @param {number} optimizeLevel
 * @param {number} shrinkLevel
 */
function optimised(bytes, optimizeLevel, shrinkLevel) {
  binaryen.setOptimizeLevel(optimizeLevel);
  binaryen.setShrinkLevel(shrinkLevel);
  const module = binaryen.readBinary(bytes);
  module.setFeatures(features);
  module.optimize();
  module.runPasses(["strip-debug", "strip-producers", "strip-target-features"]);
  if (!module.validate()) throw new Error("binaryen made an invalid module");
  return module.emitBinary();
}

const [input, output] = process.argv.slice(2);
if (!input || !output) throw new Error("usage: node cli/optimise.mjs <in.wasm> <out.wasm>");
try {
  const bytes = readFileSync(input);
  const forSpeed = optimised(bytes, 3, 0);
  const forSize = optimised(bytes, 2, 2);
  writeFileSync(output, forSize.length < forSpeed.length ? forSize : forSpeed);
} catch (error) {
  // Left to itself Node would print the line of binaryen it happened in, which is all of binaryen.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
