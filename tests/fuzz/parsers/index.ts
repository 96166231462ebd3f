import type { Parser } from "../parser.js";
import { httpParsers } from "./http.js";
import { jsonParsers } from "./json.js";
import { pathParsers } from "./paths.js";
import { textParsers } from "./text.js";
import { tokenParsers } from "./tokens.js";
import { wireParsers } from "./wire.js";

/** Every parser of the SDK, and those of the cache's. */
export const parsers: readonly Parser[] = [
  ...jsonParsers,
  ...wireParsers,
  ...textParsers,
  ...httpParsers,
  ...pathParsers,
  ...tokenParsers,
];
