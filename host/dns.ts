import type { DnsAnswer } from "./services.js";
import { concat, noBytes, toBytes } from "./text.js";

/**
 * The answer to a question for a name, as Envoy lays it out: `u32 count | (u32 ttl) x count | (address NUL) x count`;
 * empty when there is none. (Envoy, `Context::onResolveDns`)
 */
export function encodeAnswer(answer: DnsAnswer): Uint8Array {
  if (answer === undefined) return noBytes;
  const { addresses, ttl = 0 } = answer;
  const head = new DataView(new ArrayBuffer(4 + 4 * addresses.length));
  head.setUint32(0, addresses.length, true);
  addresses.forEach((_, i) => head.setUint32(4 + 4 * i, ttl, true));
  const text = addresses.map((address) => toBytes(`${withPort(address)}\0`));
  return concat([new Uint8Array(head.buffer), ...text]);
}

/** What is known without asking: addresses, and `localhost`. */
export function ownAnswer(name: string): DnsAnswer {
  if (name === "localhost") return { addresses: ["::1"] };
  return /^(\d+\.){3}\d+$/.test(name) || name.includes(":") ? { addresses: [name] } : undefined;
}

/** Envoy's addresses have a port, here of 0. */
function withPort(address: string): string {
  if (/^(\d+\.){3}\d+$/.test(address)) return `${address}:0`;
  return address.includes(":") && !/^\[|\.\d+:\d+$/.test(address) ? `[${address}]:0` : address;
}
