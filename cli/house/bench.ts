import { bench } from "../../benchmarks/run.js";
import { run } from "../terminal.js";

/** `npm run bench`. */
await run(async () => {
  await bench(process.argv.slice(2));
  return 0;
});
