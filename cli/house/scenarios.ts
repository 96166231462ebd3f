import { scenarios } from "../scenarios/command.js";
import { run } from "../terminal.js";

/** `npm run scenarios`: plays scenarios of plugins on the embedded host and on Envoy. */
await run(() => scenarios(process.argv.slice(2)));
