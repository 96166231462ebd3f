import { Config, JsonType, NO_NODE, isFieldNameText, log, lowerCaseText } from "as-proxy-wasm";
import { isSecretHeader } from "./secret-headers";

/** Each header makes names longer, and every series has one. */
const MOST_HEADERS: i32 = 32;
const LONGEST_HEADER: i32 = 128;
const MOST_SERIES: i64 = 100000;

/** What the configuration says. */
@final
export class Settings {
  constructor(
    /** What the names of the metrics begin with. */
    readonly prefix: string,
    /** Headers whose values are labels, in lower case, each once. */
    readonly headers: string[],
    /** How many series of requests there may be, all workers together. */
    readonly maxSeries: u32,
  ) {}
}

/** Reads all keys; what is wrong with them is noted in `config`. */
export function readSettings(config: Config): Settings {
  const prefix = config.requiredString("metrics_prefix");
  if (config.typeOf("metrics_prefix") == JsonType.String && !isMetricName(prefix)) {
    config.problem("metrics_prefix", "expected letters, digits and _, and no digit at first");
  }
  const maxSeries = <u32>config.integer("max_series", 1000, 1, MOST_SERIES);
  return new Settings(prefix, readHeaders(config), maxSeries);
}

function readHeaders(config: Config): string[] {
  const headers: string[] = [];
  const document = config.document;
  const list = config.typed("include_headers", JsonType.List, "a list of header names");
  if (list != NO_NODE && document.count(list) > MOST_HEADERS) {
    config.problem("include_headers", "must not have more than " + MOST_HEADERS.toString() + " names");
  }
  for (let node = document.first(list); node != NO_NODE; node = document.next(list, node)) {
    if (!config.isA(node, JsonType.String, "the name of a header")) continue;
    const name = lowerCaseText(document.asString(node));
    if (!isFieldNameText(name) || name.length > LONGEST_HEADER) {
      config.problemAt(node, "expected the name of a header of at most 128 characters");
    } else if (isSecretHeader(name)) {
      config.problemAt(node, name + " may carry a secret, which must not show in a metric");
    } else if (headers.includes(name)) {
      log.warn("include_headers: " + name + " is there more than once");
    } else {
      headers.push(name);
    }
  }
  return headers;
}

/** Whether text has the form `[a-zA-Z_][a-zA-Z0-9_]*`. */
function isMetricName(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = <u32>text.charCodeAt(i);
    const isDigit = code - 0x30 < 10;
    if (!((code | 0x20) - 0x61 < 26 || code == 0x5f || (isDigit && i > 0))) return false;
  }
  return text.length > 0;
}
