import * as properties from "./state/properties/index";

export { LogLevel, PeerType } from "./abi/enums";
export { Status } from "./abi/status";
export { CallFailure } from "./callout/failure";
export {
  GrpcCallHandle,
  GrpcCallHandler,
  GrpcStream,
  GrpcStreamHandler,
  GrpcTarget,
  lastGrpcFailure,
} from "./callout/grpc";
export { GrpcStatus } from "./callout/grpc-status";
export { CallOutcome, HttpCall, HttpCallHandler, HttpCallResponse } from "./callout/http-call";
export { HttpService } from "./callout/http-service";
export { CallStatus, callStatus } from "./callout/status";
export { Config } from "./config/config";
export {
  JsonDocument,
  JsonError,
  JsonNode,
  JsonType,
  NO_NODE,
  parseJson,
  parseJsonCopy,
  parseJsonText,
} from "./config/json";
export { readFieldNames } from "./config/field-names";
export { JsonEdits } from "./config/json-edit";
export { dynamicMetadataJson } from "./config/metadata-json";
export { JsonPath } from "./config/json-path";
export { JsonWriter } from "./config/json-writer";
export { getSharedJson } from "./config/shared-json";
export { SkipRules } from "./config/skip";
export { Context } from "./context/context";
export { HttpContext } from "./context/http";
export { register } from "./context/register";
export { RootContext } from "./context/root";
export { SkippedStream } from "./context/skipped-stream";
export { StreamAction, StreamContext } from "./context/tcp";
export { Timer, TimerHandler } from "./context/timers";
export { base64Bytes, base64Text, base64urlBytes, base64urlText, decodeBase64 } from "./crypto/base64";
export { equalInConstantTime } from "./crypto/constant-time";
export { hexBytes, hexText } from "./crypto/hex";
export { hmacSha256, hmacSha384, hmacSha512 } from "./crypto/hmac";
export { sha256 } from "./crypto/sha256";
export { sha384, sha512 } from "./crypto/sha512";
export { compress, uncompress } from "./envoy/compression";
export { DnsHandler } from "./envoy/dns";
export { Expression } from "./envoy/expressions";
export {
  LifeSpan,
  PropertyType,
  clearRouteCache,
  declareProperty,
  setFilterState,
} from "./envoy/filter-state";
export { ForeignResult, callForeign } from "./envoy/foreign";
export { grpcService } from "./envoy/grpc-service";
export { ProtobufReader, ProtobufWriter, WireType } from "./envoy/protobuf";
export {
  SignatureHash,
  Verdict,
  sign,
  signPem,
  verifySignature,
  verifySignaturePem,
} from "./envoy/signatures";
export { BodyAction, HeadersAction, TrailersAction } from "./http/actions";
export { Body } from "./http/body";
export { credentialsOf, isRepeated } from "./http/authorization";
export { CacheControl } from "./http/cache-control";
export { HeaderCursor } from "./http/cursor";
export { MOST_SECONDS, parseDeltaSeconds } from "./http/delta-seconds";
export { equalEntityTags, includesEntityTag, isStrongEntityTag } from "./http/entity-tag";
export { FieldBlock } from "./http/field-block";
export { equalNames, isFieldNameText, isFieldNamed, isFieldValueText } from "./http/fields";
export { isFramingField } from "./http/framing";
export { Headers, NO_HEADER } from "./http/headers";
export { HostPattern } from "./http/host-pattern";
export { NO_DATE, httpDate, parseHttpDate } from "./http/http-date";
export { ListMembers, trimmed } from "./http/list-members";
export { HttpRequest, HttpResponse } from "./http/message";
export { MethodSet } from "./http/methods";
export { normalizePath } from "./http/path";
export { PathPart, PathPattern } from "./http/path-pattern";
export { PathPrefix } from "./http/path-prefix";
export { quotedString } from "./http/quoted-string";
export { QueryParameters, percentDecode } from "./http/query";
export { requestPath } from "./http/request-path";
export { lowerCaseText } from "./runtime/ascii";
export { decimal, signedDecimal } from "./runtime/decimal";
export { JwtAlgorithm, jwtAlgorithm, jwtAlgorithmName } from "./jwt/algorithm";
export { JwtRules } from "./jwt/claims";
export { JwtKey } from "./jwt/key";
export { JwtKeySet, parseKeySet } from "./jwt/key-set";
export { JwtProblem, describeJwtProblem } from "./jwt/problem";
export { Jwt, parseJwt } from "./jwt/token";
export { log } from "./runtime/log";
export { Slice, beginsWith, copyOf, dataOf, equalBytes, sizeOf, slice, sliceOf } from "./runtime/slice";
export { decodeSlice, encode as utf8Slice, utf8Bytes, utf8Text } from "./runtime/utf8";
export { hostTime, monotonicNow, now } from "./runtime/time";
export { ByteBuffer } from "./text/byte-buffer";
export { ByteReplacer } from "./text/byte-replacer";
export { Regex } from "./text/regex";
export { visible } from "./text/visible";
export { ExpiringCache } from "./state/expiring-cache";
export { KeyedDigest } from "./state/keyed-digest";
export { LabelledCounter, OTHER_VALUES } from "./state/labelled-counter";
export { labelName, metricName } from "./state/metric-name";
export { Counter, Gauge, Histogram } from "./state/metrics";
export { PropertyPath } from "./state/properties/path";
export { properties };
export { formatTime } from "./state/properties/time-format";
export { SeriesLimit } from "./state/series-limit";
export { SharedQueue } from "./state/queues";
export {
  NEW_KEY,
  NO_VALUE,
  SharedValue,
  findShared,
  foundVersion,
  sharedData,
  storeShared,
} from "./state/shared-data";
export { SharedSlots } from "./state/shared-slots";
