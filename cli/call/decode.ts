import {
  BufferType,
  HeaderMapType,
  LogLevel,
  MetricType,
  PeerType,
  Status,
  StreamType,
} from "../../host/enums.js";
import type { ObservedCall } from "../../host/index.js";
import { decodePairs } from "../../host/pairs.js";
import { type Argument, callbackLayouts, hostcallLayouts } from "./layout.js";

/** A value of a call: a number, text (bytes that are no UTF-8 as `\xNN`), or fields. */
export type Decoded = number | string | [name: string, value: string][];

/** How many bytes of a value are kept. */
const most = 64 * 1024;

export function decodeArguments(call: ObservedCall): Record<string, Decoded> {
  return Object.fromEntries(
    walk(call).flatMap(({ argument, slots }) => {
      if (argument.out) return [];
      return [[argument.name, valueIn(call, argument, slots)] as const];
    }),
  );
}

export function decodeResults(call: ObservedCall): Record<string, Decoded> {
  return Object.fromEntries(
    walk(call).flatMap(({ argument, slots }) => {
      if (!argument.out) return [];
      const value = valueOut(call, argument, slots);
      return value === undefined ? [] : [[argument.name, value] as const];
    }),
  );
}

/** A hostcall's status in words; what a callback answered, where answers mean something. */
export function outcomeOf({ by, name }: ObservedCall, result: number | undefined): string | undefined {
  if (by === "module") return result === undefined ? undefined : wordOf(Status, result);
  if (result === undefined) return undefined;
  if (/_(request|response)_(headers|trailers|metadata)$|_new_connection$/.test(name))
    return actions[result] ?? `action ${result}`;
  if (/_(request|response)_body$|_stream_data$|_(downstream|upstream)_data$/.test(name))
    return actions[result] ?? `action ${result}`;
  if (/_(vm_start|configure|validate_configuration|done)$/.test(name)) return result === 0 ? "false" : "true";
  if (name === "malloc" || name === "proxy_on_memory_allocate") return result === 0 ? "no memory" : undefined;
  return undefined;
}

const actions = ["Continue", "Pause"];

/** The arguments with the numbers that each is made of: bytes are an address and a size. */
function walk({
  by,
  name,
  arguments: given,
}: ObservedCall): { argument: Argument; slots: (number | bigint)[] }[] {
  const layout = (by === "host" ? callbackLayouts : hostcallLayouts).get(name);
  if (layout === undefined)
    return given.map((value, index) => ({
      argument: { name: `argument ${index + 1}`, kind: "u32", out: false },
      slots: [value],
    }));
  let at = 0;
  return layout.map((argument) => {
    const count = ["bytes", "text", "pairs"].includes(argument.kind) ? 2 : 1;
    const slots = given.slice(at, at + count);
    at += count;
    return { argument, slots };
  });
}

function valueIn(call: ObservedCall, { name, kind }: Argument, slots: (number | bigint)[]): Decoded {
  const [first = 0, second = 0] = slots;
  if (kind === "u64") return numberOf(BigInt.asUintN(64, BigInt(first)));
  if (kind === "u32") return named(name, Number(first), call);
  if (kind === "address") return `0x${(Number(first) >>> 0).toString(16)}`;
  return bytesIn(call, kind, Number(first), Number(second), name);
}

/** What the host wrote to where the numbers point. */
function valueOut(
  call: ObservedCall,
  { name, kind }: Argument,
  slots: (number | bigint)[],
): Decoded | undefined {
  const [first = 0, second = 0] = slots.map(Number);
  const size = kind === "u64" ? 8 : 4;
  const word = call.read(first, size);
  if (word === undefined) return undefined;
  const view = new DataView(word.buffer, word.byteOffset, size);
  if (kind === "u64") return numberOf(view.getBigUint64(0, true));
  const value = view.getUint32(0, true);
  if (kind === "u32" || kind === "address") return named(name, value, call);
  const length = call.read(second, 4);
  if (length === undefined) return undefined;
  return bytesIn(
    call,
    kind,
    value,
    new DataView(length.buffer, length.byteOffset, 4).getUint32(0, true),
    name,
  );
}

function bytesIn(
  call: ObservedCall,
  kind: Argument["kind"],
  address: number,
  size: number,
  name: string,
): Decoded {
  const bytes = call.read(address, Math.min(size, most));
  if (bytes === undefined) return `${size} bytes that do not lie in memory`;
  if (kind === "pairs")
    return decodePairs(bytes).map(([field, value]): [string, string] => [textOf(field), textOf(value)]);
  const text = textOf(bytes);
  // The parts of a property's path have a NUL between them.
  const shown = name === "path" ? text.replaceAll("\0", ".") : text;
  return size > most ? `${shown} and ${size - most} bytes more` : shown;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text as it is; bytes that are none with `\xNN` for each byte that is not ASCII. */
export function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return [...bytes]
      .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`))
      .join("");
  }
}

const numberOf = (value: bigint): Decoded =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);

/** Numbers that stand for something, by the names of the arguments they are. */
function named(name: string, value: number, { name: call }: ObservedCall): Decoded {
  const number = value >>> 0;
  if (name === "level") return wordOf(LogLevel, number).toLowerCase();
  if (name === "map") return wordOf(HeaderMapType, number);
  if (name === "buffer" && call !== "environ_get") return wordOf(BufferType, number);
  if (name === "stream") return wordOf(StreamType, number);
  if (name === "peer") return wordOf(PeerType, number);
  if (name === "type" && call === "proxy_define_metric") return wordOf(MetricType, number);
  return name === "grpc_status" ? value | 0 : number;
}

/** `http request headers` of `HttpRequestHeaders`. */
function wordOf(names: Record<number, string>, value: number): string {
  const name = names[value];
  return name === undefined ? String(value) : name.replaceAll(/(?<=.)([A-Z])/g, " $1").toLowerCase();
}
