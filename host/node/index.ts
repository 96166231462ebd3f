export { type RunningProxy, startProxy } from "./proxy.js";
export { PluginRefused } from "./generation.js";
export { logLine } from "./log.js";
export type { Configuration, LogEntry, PluginSpec, ProxyOptions, StatsTag } from "./options.js";
