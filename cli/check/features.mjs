// `node cli/check/features.mjs <module>...` prints a line of JSON a module: which features it uses beyond the first
// version of WebAssembly, or null where binaryen cannot read it or finds it invalid. A program of its own in plain
// JavaScript: tsx would translate the 15 MB of binaryen.
import { readFileSync } from "node:fs";
import binaryen from "binaryen";

const { All, BulkMemory, BulkMemoryOpt, GC, MVP, ReferenceTypes } = binaryen.Features;

/** @type {[name: string, bit: number][]} */
const single = Object.entries(binaryen.Features).flatMap(([name, bit]) =>
  typeof bit === "number" && ![All, MVP, BulkMemoryOpt].includes(bit) ? [[name, bit]] : [],
);

/** Features that go with others: binaryen refuses the one without the other. @type {Map<number, number>} */
const together = new Map([
  [BulkMemory, BulkMemoryOpt],
  [ReferenceTypes, GC],
]);

for (const file of process.argv.slice(2)) {
  let used = null;
  try {
    const module = binaryen.readBinary(readFileSync(file));
    module.setFeatures(All);
    if (module.validate()) {
      used = single
        .filter(([, bit]) => {
          module.setFeatures(All & ~(bit | (together.get(bit) ?? 0)));
          return !module.validate();
        })
        .map(([name]) => name);
    }
    module.dispose();
  } catch {
    // It stays unread.
  }
  process.stdout.write(`features ${JSON.stringify(used)}\n`);
}
