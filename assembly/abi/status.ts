/** What a hostcall answers. (ABI 0.2.1, 'proxy_status_t'; 5, 9 and 11 are cpp-host's own.) */
export enum Status {
  /** It is done. */
  Ok = 0,
  /** There is no such key, property, queue or metric. */
  NotFound = 1,
  /** An argument is wrong, or the thing does not exist in this callback. */
  BadArgument = 2,
  /** The value has no form in bytes. */
  SerializationFailure = 3,
  /** Bytes that the module gave are not what they should be: a `GrpcService`, the arguments of a foreign function. */
  ParseFailure = 4,
  /** An expression is none that the host can read. */
  BadExpression = 5,
  /** An address or a size that is not all in the module's memory; or the module gave no memory for a result. */
  InvalidMemoryAccess = 6,
  /** The queue has no entry. */
  Empty = 7,
  /** Somebody else wrote in between: read again, and try again. */
  CasMismatch = 8,
  /** A result is other than expected, such as of another size. */
  ResultMismatch = 9,
  /** The host could not do it, though what it was asked for is right. */
  InternalFailure = 10,
  /** A connection ended before its time. */
  BrokenConnection = 11,
  /** The host knows the call, and does not do it. */
  Unimplemented = 12,
}
