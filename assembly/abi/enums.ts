/** How much a line of the log matters. (ABI 0.2.1, 'proxy_log_level_t') */
export enum LogLevel {
  Trace = 0,
  Debug = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
  Critical = 5,
}

/** The bytes that a buffer hostcall means. (ABI 0.2.1, 'proxy_buffer_type_t') */
export enum BufferType {
  HttpRequestBody = 0,
  HttpResponseBody = 1,
  DownstreamData = 2,
  UpstreamData = 3,
  HttpCallResponseBody = 4,
  GrpcReceiveBuffer = 5,
  VmConfiguration = 6,
  PluginConfiguration = 7,
  ForeignFunctionArguments = 8,
}

/** The fields that a header map hostcall means. (ABI 0.2.1, 'proxy_map_type_t') */
export enum HeaderMapType {
  HttpRequestHeaders = 0,
  HttpRequestTrailers = 1,
  HttpResponseHeaders = 2,
  HttpResponseTrailers = 3,
  GrpcReceiveInitialMetadata = 4,
  GrpcReceiveTrailingMetadata = 5,
  HttpCallResponseHeaders = 6,
  HttpCallResponseTrailers = 7,
}

/** The direction that `proxy_continue_stream` and `proxy_close_stream` mean. (ABI 0.2.1, 'proxy_stream_type_t') */
export enum StreamType {
  HttpRequest = 0,
  HttpResponse = 1,
  Downstream = 2,
  Upstream = 3,
}

/** What a metric does with the values it is given. (ABI 0.2.1, 'proxy_metric_type_t') */
export enum MetricType {
  /** A sum that only grows. */
  Counter = 0,
  /** A value that goes up and down. */
  Gauge = 1,
  /** A distribution of values. */
  Histogram = 2,
}

/** Who closed a TCP connection. (ABI 0.2.1, 'proxy_peer_type_t') */
export enum PeerType {
  Unknown = 0,
  /** This proxy. */
  Local = 1,
  /** The client, or the upstream. */
  Remote = 2,
}
