// Binaryen in plain JavaScript, away from tsx, which would translate all 15 MB of it.
import { parentPort } from "node:worker_threads";
import binaryen from "binaryen";

parentPort?.on("message", (/** @type {{ id: number, text: string }} */ { id, text }) => {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.MutableGlobals | binaryen.Features.SignExt);
  const bytes = module.emitBinary();
  module.dispose();
  parentPort?.postMessage({ id, bytes });
});
