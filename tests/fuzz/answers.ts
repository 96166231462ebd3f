import { behaviours } from "../host/behaviours.js";
import { hostcalls } from "../host/hostcalls.js";
import { encodePairs } from "../host/pairs.js";
import type { Answer, Call, ScriptedHost } from "../host/scripted-host.js";
import type { Random } from "./mutate.js";
import type { Traffic } from "./traffic.js";

/** Hostcalls that ask for what the world outside says: anything may come back. */
const GIVES_ANYTHING = new Set(["proxy_get_property", "proxy_call_foreign_function", "proxy_get_status"]);

/** How a host behaves. */
export interface Temper {
  /** A hostcall fails once in so many times, with a status that it can have; 0 for never. */
  fails: number;
  /** Data is not what it should be once in so many times; 0 for never. */
  lies: number;
  /** Whether there are foreign functions. */
  hasForeign: boolean;
}

/**
 * Lets a host answer as it does by itself, and now and then with any status that Envoy could give, or with bytes that
 * are cut short, empty, of the wrong size or no more than noise. `within` runs while a hostcall is under way.
 */
export function answerAtRandom(
  host: ScriptedHost,
  random: Random,
  traffic: () => Traffic,
  temper: () => Temper,
  within: (call: Call) => number | undefined,
): void {
  for (const [name, { statuses, gives }] of Object.entries(hostcalls)) {
    const usual = behaviours[name];
    const failures = statuses.filter((status) => status !== 0);
    const givesBytes = gives.includes("bytes");
    host.on(name, (call) => {
      const { fails, lies } = temper();
      if (fails > 0 && failures.length > 0 && random.oneIn(fails)) return random.pick(failures);
      const status = within(call);
      if (status !== undefined) return status;
      if (GIVES_ANYTHING.has(name)) return anything(name, random, traffic(), temper());
      const answer = usual?.(call, host);
      if (
        !givesBytes ||
        lies === 0 ||
        answer === undefined ||
        typeof answer === "number" ||
        !random.oneIn(lies)
      )
        return answer;
      return { ...answer, values: answer.values?.map((value) => distort(value, random, traffic())) ?? [] };
    });
  }
  host.on("proxy_log", (call) => {
    // Nobody reads them; a line of text that is none would be a finding.
    new TextDecoder().decode(call.args["message"] as Uint8Array);
    return 0;
  });
  host.on("proxy_get_log_level", () => ({ values: [random.below(6)] }));
}

type AnswerValue = NonNullable<Answer["values"]>[number];

function distort(value: AnswerValue, random: Random, traffic: Traffic): AnswerValue {
  if (typeof value !== "string" && !(value instanceof Uint8Array)) return value;
  const bytes = Buffer.from(value as string);
  switch (random.below(4)) {
    case 0:
      return "";
    case 1:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 2:
      return traffic.bytes(random.below(40));
    default:
      for (let changes = 1 + random.below(3); bytes.length > 0 && changes > 0; changes--)
        bytes[random.below(bytes.length)] = random.pick([0, 1, 2, 3, 0x20, 0x7f, 0x80, 0xff]);
      return bytes;
  }
}

/** A property, what a foreign function gives, why a call failed. */
function anything(
  name: string,
  random: Random,
  traffic: Traffic,
  { hasForeign, lies }: Temper,
): Answer | number {
  if (name === "proxy_get_status") return { values: [random.below(18), traffic.value()] };
  if (name === "proxy_call_foreign_function") {
    if (!hasForeign) return 1;
    return {
      values: [random.oneIn(2) ? "\x08\x01" : random.oneIn(2) ? "" : traffic.bytes(random.below(12))],
    };
  }
  if (random.oneIn(4)) return 1;
  switch (random.below(lies > 0 ? 6 : 4)) {
    case 0:
      return {
        values: [
          u64(random.pick([0n, 1n, 200n, 503n, 2n ** 63n, 2n ** 64n - 1n, 1_700_000_000_000_000_000n])),
        ],
      };
    case 1:
      return { values: [Buffer.from([random.below(2)])] };
    case 2:
      return {
        values: [random.pick(["outbound|80||svc", "10.0.0.1:8080", "spiffe://a/ns/b", "HTTP/1.1", "/a?b"])],
      };
    case 3:
      return { values: [Buffer.from(traffic.value(), "latin1")] };
    case 4:
      return { values: [encodePairs(traffic.fields(4))] };
    default:
      return { values: [traffic.bytes(random.below(24))] };
  }
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
