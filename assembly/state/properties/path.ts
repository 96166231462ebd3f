import { NO_PROPERTY, findProperty } from "./find";
import { signedDecimal } from "../../runtime/decimal";
import { copyOf, dataOf, sizeOf, sliceOf } from "../../runtime/slice";
import { decodeSlice, encode } from "../../runtime/utf8";
import { formatTime } from "./time-format";

/** How a property's bytes are to be read. (Envoy: `serializeValue`, its attributes' documentation) */
enum Form {
  Text,
  /** A whole number, 8 bytes. */
  Number,
  /** One byte. */
  Boolean,
  /** Nanoseconds since 1970, 8 bytes. */
  Time,
}

/** The first segments of the paths that Envoy knows, each between spaces. */
// @ts-ignore: decorator
@lazy
const GROUPS =
  " request response source destination connection upstream xds metadata filter_state upstream_filter_state" +
  " plugin_name plugin_root_id plugin_vm_id ";

/** What follows the group in the paths whose values are whole numbers, each between spaces. */
// @ts-ignore: decorator
@lazy
const NUMBERS =
  " size total_size headers_bytes duration code flags grpc_status backend_latency port id request_attempt_count" +
  " num_endpoints cx_pool_ready_duration listener_direction ";

/** A property of the host by its path as people write it, `request.headers.x-id`, that reads as text. */
@final
export class PropertyPath {
  private constructor(
    private readonly path: Uint8Array,
    private readonly older: Uint8Array | null,
    private readonly form: Form,
    /** Whether it is of the request: Envoy has most of those only while the request's headers are on their way. */
    readonly isOfRequest: bool,
  ) {}

  /**
   * The property of a dotted path; null when it begins with nothing that Envoy knows. What follows `request.headers.`,
   * `response.headers.`, `response.trailers.`, `filter_state.` and the like is one segment, dots and all.
   * `metadata.filter_metadata.` is followed by a namespace, which may have dots in it, and a key, which may not.
   * `start_time` stands for `request.time`.
   */
  static parse(name: string): PropertyPath | null {
    const path = name == "start_time" ? "request.time" : name;
    const dot = path.indexOf(".");
    const group = dot < 0 ? path : path.substring(0, dot);
    if (!isListed(group, GROUPS) || dot == path.length - 1) return null;
    if (dot < 0 && !group.startsWith("plugin_")) return null;
    let form = Form.Text;
    // `request.id` is a text, `connection.id` a number, and what a map has under such a name anything.
    if (isListed(path.substring(dot + 1), NUMBERS) && path != "request.id" && !group.endsWith("filter_state"))
      form = Form.Number;
    else if (path == "request.time") form = Form.Time;
    else if (path == "connection.mtls" || path == "upstream.mtls") form = Form.Boolean;
    // Envoy had the names below `xds` at the top until 1.33.
    const separated = segments(path, dot);
    const older = group == "xds" ? copyOf(encode(separated.substring(dot + 1))) : null;
    return new PropertyPath(copyOf(encode(separated)), older, form, group == "request");
  }

  /** The property's value as text: numbers in decimal, times in RFC 3339 (UTC); null where the host has none. */
  read(): string | null {
    let value = findProperty(sliceOf(this.path));
    const older = this.older;
    if (value == NO_PROPERTY && older !== null) value = findProperty(sliceOf(older));
    if (value == NO_PROPERTY) return null;
    const size = sizeOf(value);
    if (this.form == Form.Boolean && size == 1) return load<u8>(dataOf(value)) != 0 ? "true" : "false";
    if (this.form == Form.Text || this.form == Form.Boolean || size != 8) return decodeSlice(value);
    const number = load<i64>(dataOf(value));
    if (this.form == Form.Time) return formatTime(number);
    return signedDecimal(number);
  }
}

function isListed(name: string, list: string): bool {
  return !name.includes(" ") && list.includes(" " + name + " ");
}

/** A path with NUL between its segments: two of them, or three below the maps of `request` and `response`. */
function segments(path: string, dot: i32): string {
  if (dot < 0) return path;
  const group = path.substring(0, dot);
  const rest = path.substring(dot + 1);
  const next = rest.indexOf(".");
  if (next > 0 && (group == "request" || group == "response")) {
    return group + "\0" + rest.substring(0, next) + "\0" + rest.substring(next + 1);
  }
  if (group == "xds") return group + "\0" + separate(rest);
  const last = rest.lastIndexOf(".");
  if (group == "metadata" && last > next) {
    const owner = rest.substring(next + 1, last);
    return group + "\0" + rest.substring(0, next) + "\0" + owner + "\0" + rest.substring(last + 1);
  }
  return group + "\0" + rest;
}

function separate(path: string): string {
  const dot = path.indexOf(".");
  return dot < 0 ? path : path.substring(0, dot) + "\0" + separate(path.substring(dot + 1));
}
