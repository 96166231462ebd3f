import {
  Headers,
  ProtobufReader,
  ProtobufWriter,
  decimal,
  isFieldNameText,
  isFieldNamed,
  isFieldValueText,
  utf8Text,
} from "as-proxy-wasm";
import { RateRule } from "./rules";

/** What is later is of no use to a client, and no duration of protobuf. */
const MOST_SECONDS: i64 = 315576000000;

/** What the service says of a request. (`envoy.service.ratelimit.v3.RateLimitResponse.Code`) */
export enum LimitCode {
  Unknown = 0,
  Ok = 1,
  OverLimit = 2,
}

/**
 * A question for a request, with one descriptor: the rule that the request fits, where there is one, and then the parts
 * of its key. It counts one hit. (`envoy.service.ratelimit.v3.RateLimitRequest`)
 */
export function rateLimitRequest(domain: string, rule: RateRule, request: Headers): Uint8Array {
  const descriptor = new ProtobufWriter();
  if (rule.index >= 0) descriptor.bytes(1, entry("rule", decimal(rule.index)));
  for (let i = 0; i < rule.keys.length; i++) {
    const part = unchecked(rule.keys[i]);
    descriptor.bytes(1, entry(part.descriptorKey, part.descriptorValue(request)));
  }
  return new ProtobufWriter().string(1, domain).bytes(2, descriptor.finish()).varint(3, 1).finish();
}

/** `envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry` */
function entry(key: string, value: string): Uint8Array {
  return new ProtobufWriter().string(1, key).string(2, value).finish();
}

/** An answer of the service. (`envoy.service.ratelimit.v3.RateLimitResponse`) */
@final
export class RateLimitResponse {
  /** `Unknown` also for what is no such message. */
  code: LimitCode = LimitCode.Unknown;
  /** How many requests the limit allows, and how many of them are left; -1 where the service does not say. */
  limit: i64 = -1;
  remaining: i64 = -1;
  /** In how many whole seconds, rounded up, the limit begins anew; -1 where the service does not say. */
  resetSeconds: i64 = -1;
  /**
   * Fields for the client's response, `[[name, value], ...]`. What no message can have in it is left out, and so is
   * `host`.
   */
  readonly responseHeaders: string[][] = [];
  /** Fields for the upstream's request. */
  readonly requestHeaders: string[][] = [];
  /** The body for who is refused; empty where the service has none. */
  body: Uint8Array;

  constructor(message: Uint8Array) {
    this.body = bytesIn(message, 5);
    const reader = new ProtobufReader(message);
    while (reader.next()) {
      const field = reader.field;
      if (field == 2) this.readStatus(reader.bytes);
      else if (field == 3) readHeader(reader.bytes, this.responseHeaders);
      else if (field == 4) readHeader(reader.bytes, this.requestHeaders);
    }
    const code = numberIn(message, 1);
    if (reader.sound && (code == LimitCode.Ok || code == LimitCode.OverLimit)) this.code = <LimitCode>code;
  }

  /** `DescriptorStatus`; there is one for the one descriptor that was asked about. */
  private readStatus(status: Uint8Array): void {
    const limit = bytesIn(status, 2);
    if (limit.length != 0) {
      // `RateLimit.requests_per_unit`
      this.limit = <u32>numberIn(limit, 1);
      this.remaining = <u32>numberIn(status, 3);
    }
    // `google.protobuf.Duration`: seconds and nanoseconds.
    const reset = bytesIn(status, 4);
    const seconds = <i64>numberIn(reset, 1);
    if (reset.length != 0 && seconds >= 0 && seconds < MOST_SECONDS) {
      this.resetSeconds = seconds + i64(<i32>numberIn(reset, 2) > 0);
    }
  }
}

/** `envoy.config.core.v3.HeaderValue` */
function readHeader(header: Uint8Array, fields: string[][]): void {
  const name = utf8Text(bytesIn(header, 1));
  let value = bytesIn(header, 2);
  if (value.length == 0) value = bytesIn(header, 3);
  const text = utf8Text(value);
  if (isFieldNameText(name) && isFieldValueText(text) && !isFieldNamed(name, "host")) {
    fields.push([name, text]);
  }
}

/** A number in a message; 0, its default, where it is not there. */
function numberIn(message: Uint8Array, field: u32): u64 {
  const reader = new ProtobufReader(message);
  let number: u64 = 0;
  while (reader.next()) {
    if (reader.field == field) number = reader.number;
  }
  return number;
}

/** Bytes in a message; none where they are not there. */
function bytesIn(message: Uint8Array, field: u32): Uint8Array {
  const reader = new ProtobufReader(message);
  let bytes = new Uint8Array(0);
  while (reader.next()) {
    if (reader.field == field) bytes = reader.bytes;
  }
  return bytes;
}
