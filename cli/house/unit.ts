import { run } from "../terminal.js";
import { unitTests } from "./unit-tests.js";

/** `npm run test:unit`. */
await run(unitTests);
