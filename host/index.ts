export { ProxyWasmHost, type LogLine } from "./host.js";
export { HttpStream, type Released, type StepResult, type StreamListener } from "./http-stream.js";
export { LoadError } from "./guest.js";
export { LogLevel, MetricType, PeerType, Status } from "./enums.js";
export type { LocalReply } from "./host-context.js";
export type {
  FailurePolicy,
  HostOptions,
  HttpAnswer,
  HttpCall,
  HttpOutcome,
  Properties,
  PropertyValue,
} from "./options.js";
export { SharedState, type Metric } from "./shared-state.js";
