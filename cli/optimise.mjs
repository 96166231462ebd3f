// `node cli/optimise.mjs <in.wasm> <out.wasm> [size|speed]`, a program of its own in plain JavaScript: tsx would
// translate the 15 MB of binaryen each time it is imported. It writes the best of several sets of passes, and a line of
// JSON a set: its name and the size that it gave.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import binaryen from "binaryen";

/** What asc itself emits. Binaryen may use nothing beyond it, so that older hosts load the result. */
const emitted =
  binaryen.Features.MutableGlobals |
  binaryen.Features.SignExt |
  binaryen.Features.NontrappingFPToInt |
  binaryen.Features.BulkMemory |
  binaryen.Features.BulkMemoryOpt |
  binaryen.Features.SIMD128;

/** @typedef {binaryen.Module} Module */

/** Binaryen's own sequence, at `-Oz`. @param {Module} module */
function shrink(module) {
  binaryen.setOptimizeLevel(2);
  binaryen.setShrinkLevel(2);
  module.optimize();
}

/**
 * Binaryen's own sequence, at `-O3`, with larger functions inlined than it would by itself: V8 inlines few of a module's
 * calls, and a callback is a chain of short functions.
 *
 * @param {Module} module
 */
function quicken(module) {
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  binaryen.setAlwaysInlineMaxSize(40);
  binaryen.setFlexibleInlineMaxSize(120);
  module.optimize();
}

/**
 * Steps one after the other; each is a candidate, the smallest of all is kept. Which of them wins differs by plugin,
 * and mostly by less than one percent.
 *
 * @type {Record<string, [string, (module: Module) => void][]>}
 */
const forSize = {
  "-Oz": [
    ["-Oz", shrink],
    ["-Oz twice", shrink],
  ],
  gufa: [
    [
      "gufa, -Oz, merge-similar-functions, -Oz",
      (module) => {
        // What the whole program can never hold somewhere; then functions that differ by a constant.
        module.runPasses(["gufa-optimizing"]);
        shrink(module);
        module.runPasses(["merge-similar-functions"]);
        shrink(module);
      },
    ],
  ],
};

/**
 * `-O3` after what the whole program tells. The choice is made here and not by a measurement: hosts compile a module
 * with an optimising compiler of their own, so that the sets differ by less than a quick benchmark's noise. A test holds
 * it against the smallest module.
 *
 * @type {typeof forSize}
 */
const forSpeed = {
  gufa: [
    [
      "gufa, -O3",
      (module) => {
        module.runPasses(["gufa-optimizing"]);
        quicken(module);
      },
    ],
  ],
};

/**
 * What each step makes of the module. Names and other custom sections go, the behaviour stays.
 *
 * @param {Uint8Array} bytes
 * @param {typeof forSize} sets
 */
function* candidates(bytes, sets) {
  for (const steps of Object.values(sets)) {
    const module = binaryen.readBinary(bytes);
    // A project may have switched on more in its asconfig.json, which asc then names in the module.
    module.setFeatures(emitted | module.getFeatures());
    for (const [name, step] of steps) {
      step(module);
      module.runPasses(["strip-debug", "strip-producers", "strip-target-features"]);
      if (!module.validate()) throw new Error(`binaryen made an invalid module (${name})`);
      yield { name, bytes: module.emitBinary() };
    }
    module.dispose();
  }
}

/** @param {Uint8Array} bytes */
const gzipSize = (bytes) => gzipSync(bytes, { level: 9 }).length;

const [input, output, goal = "size"] = process.argv.slice(2);
if (!input || !output || !["size", "speed"].includes(goal))
  throw new Error("usage: node cli/optimise.mjs <in.wasm> <out.wasm> [size|speed]");
try {
  /** @type {Uint8Array | undefined} */
  let best;
  for (const { name, bytes } of candidates(readFileSync(input), goal === "size" ? forSize : forSpeed)) {
    console.log(JSON.stringify({ name, size: bytes.length }));
    const gain = best === undefined ? 1 : best.length - bytes.length || gzipSize(best) - gzipSize(bytes);
    if (gain > 0) best = bytes;
  }
  if (best !== undefined) writeFileSync(output, best);
} catch (error) {
  // Left to itself Node would print the line of binaryen it happened in, which is all of binaryen.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
