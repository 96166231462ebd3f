import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, where package.json lies. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
