export { ProxyWasmHost, type LogLine } from "./host.js";
export { HttpStream } from "./http-stream.js";
export type { HttpStreamOptions, Released, StepResult, StreamListener } from "./stream-steps.js";
export { TcpStream, type TcpResult } from "./tcp-stream.js";
export type { StreamOptions } from "./stream-host.js";
export type { Exchange, FetchRequest, UpstreamAnswer, UpstreamReply, UpstreamRequest } from "./exchange.js";
export { FilterState } from "./filter-state.js";
export { type HeaderList, HeaderMap } from "./header-map.js";
export { LoadError } from "./load-error.js";
export { LogLevel, MetricType, PeerType, Status } from "./enums.js";
export { type LocalReply, type ReplyMessage, replyMessage } from "./local-reply.js";
export type { CallObserver, ObservedCall } from "./observer.js";
export type { FailurePolicy, HostOptions } from "./options.js";
export type { Properties, PropertyValue } from "./property-values.js";
export type {
  DnsAnswer,
  GrpcAnswer,
  GrpcCall,
  GrpcOutcome,
  GrpcServerStream,
  HttpAnswer,
  HttpCall,
  HttpOutcome,
} from "./services.js";
export { Histogram } from "./histogram.js";
export { SharedState, type Metric } from "./shared-state.js";
