/** What a hostcall answers. (ABI 0.2.1, 'proxy_status_t'; 5, 9 and 11 are cpp-host's own.) */
export enum Status {
  Ok = 0,
  /** There is no such key, property, queue or metric. */
  NotFound = 1,
  /** An argument is wrong, or the thing does not exist in this callback. */
  BadArgument = 2,
  SerializationFailure = 3,
  ParseFailure = 4,
  BadExpression = 5,
  InvalidMemoryAccess = 6,
  /** The queue has no entry. */
  Empty = 7,
  /** Somebody else wrote in between: read again, and try again. */
  CasMismatch = 8,
  ResultMismatch = 9,
  InternalFailure = 10,
  BrokenConnection = 11,
  Unimplemented = 12,
}
