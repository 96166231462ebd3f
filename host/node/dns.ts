import { lookup } from "node:dns/promises";
import type { DnsAnswer } from "../index.js";

/** Asks the system for a name's addresses. How long they hold it does not say. */
export async function resolveName(name: string): Promise<DnsAnswer> {
  try {
    const found = await lookup(name, { all: true });
    return { addresses: found.map(({ address }) => address) };
  } catch {
    return undefined;
  }
}
