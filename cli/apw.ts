#!/usr/bin/env node
import { perform } from "./program.js";

/**
 * The command `apw`. It ends with 0 when all is done, 1 when there is a finding (a test fails, a module would not load),
 * 2 when it was not used in the right way or something is missing, and 3 when apw itself is at fault.
 */
// Whoever reads along may have enough, as head has.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

await perform(process.argv.slice(2));
