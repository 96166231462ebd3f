import { LogLevel } from "../abi/enums";
import { Slice } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { CommonSettings, LOG_LEVELS } from "./common";
import { JsonError, JsonType, NO_NODE, parseJsonCopy } from "./json";
import { Config } from "./reader";
import { Report } from "./report";
import { structToJson } from "./struct";
import { typeName } from "./type-names";

export { Config } from "./reader";

/**
 * The plugin's configuration from the host's bytes, which are copied. No bytes, or nothing but white space, are `{}`.
 * What is not JSON, or not an object, is a problem that `ok()` tells of; every key then reads as its default.
 */
export function parseConfig(text: Slice): Config {
  const json = structToJson(text);
  let document = parseJsonCopy(json == 0 ? text : json);
  if (document.error == JsonError.Empty) document = parseJsonCopy(encode("{}"));
  const type = document.type(document.root);
  const root = type == JsonType.Object ? document.root : NO_NODE;
  const report = new Report(document, root);
  if (document.error != JsonError.None) report.add(NO_NODE, document.message());
  if (document.error == JsonError.None && root == NO_NODE) {
    report.add(document.root, "expected an object, got " + typeName(type));
  }
  const config = new Config(report, root, new CommonSettings());
  readCommon(config);
  return config;
}

/** Reads the keys that every plugin takes into `config.common`; what is absent stays as it was there. */
export function readCommon(config: Config): void {
  const common = config.common;
  common.version = config.string("version", common.version);
  common.strictMode = config.bool("strict_mode", common.strictMode);
  common.auditLogging = config.bool("audit_logging", common.auditLogging);
  common.shadow = config.bool("shadow", common.shadow);
  common.measure = config.bool("measure", common.measure);
  const debug = config.bool("debug", common.logLevel == LogLevel.Debug);
  if (debug) common.logLevel = LogLevel.Debug;
  else if (common.logLevel == LogLevel.Debug) common.logLevel = -1;
  const named = LOG_LEVELS.indexOf(config.choice("log_level", LOG_LEVELS, ""));
  if (named >= 0) common.logLevel = named;
}
