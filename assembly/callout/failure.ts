/** Why a call could not be made. */
export enum CallFailure {
  /** It is under way. */
  None,
  /** The context that makes it has ended. */
  ContextGone,
  /** A header is not one, there are too many, or `:method`, `:path` or `:authority` is missing; the log says which. */
  BadHeaders,
  /** The host knows no such cluster (or, for gRPC, cannot read the service's description). */
  UnknownCluster,
  /** The host could not send it. */
  HostFailure,
}
