export { type RunningProxy, startProxy } from "./proxy.js";
export { PluginRefused } from "./generation.js";
export { logLine } from "./log.js";
export type {
  Configuration,
  LogEntry,
  Passing,
  PluginSpec,
  ProxyOptions,
  StatsTag,
  StreamObserver,
} from "./options.js";
