import { BufferType } from "../abi/enums";
import { resolveDns } from "../abi/foreign";
import { hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { ContextHandle, Pending } from "../runtime/handle";
import { select } from "../runtime/entry";
import { IdTable } from "../runtime/id-table";
import { unexpected } from "../runtime/failure";
import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { decode, encode } from "../runtime/utf8";

/** Hears which addresses a name has. */
export abstract class DnsHandler {
  /**
   * The addresses, as `ip:port` with a port of 0; none when the name could not be resolved. `ttl` says for how many
   * seconds they hold, by the one that holds shortest. (`envoy_on_resolve_dns`)
   */
  abstract onResolved(addresses: string[], ttl: u32): void;
}

/** A question that the host has yet to answer. */
@final
export class PendingDns extends Pending {
  constructor(public handler: DnsHandler | null) {
    super();
  }

  abandon(): bool {
    this.handler = null;
    return true;
  }

  drop(): void {
    questions.take(this.token);
  }
}

// @ts-ignore: decorator
@lazy
const questions = new IdTable<PendingDns>();

/** The question that the host is just being asked, which it answers at once for an address or `localhost`. */
// @ts-ignore: decorator
@lazy
let beingAsked: PendingDns | null = null;

/** Asks Envoy for a name's addresses, on behalf of a context. False when it cannot be asked. */
export function askDns(owner: ContextHandle, name: string, handler: DnsHandler): bool {
  if (!select(owner.id)) return false;
  const bytes = encode(name);
  const pending = new PendingDns(handler);
  pending.attach(owner);
  const outer = beingAsked;
  beingAsked = pending;
  const status = resolveDns(dataOf(bytes), sizeOf(bytes));
  beingAsked = outer;
  if (status == Status.Ok) {
    // One that was answered within the hostcall is over.
    if (pending.owner === null) return true;
    pending.token = hostU32();
    questions.put(pending.token, pending);
    return true;
  }
  pending.detach();
  if (status != Status.BadArgument) unexpected("envoy_resolve_dns", status);
  return false;
}

/** The question that the host answers, no longer pending; null for one that is not known. */
export function takeDns(token: u32): PendingDns | null {
  const known = questions.take(token);
  if (known !== null) return known;
  const pending = beingAsked;
  beingAsked = null;
  return pending;
}

/** How many questions the host has yet to answer. */
export function pendingDns(): u32 {
  return questions.size;
}

/** The buffer that Envoy lays the answer in. */
export const DNS_RESULT = BufferType.ForeignFunctionArguments;

/**
 * The addresses of an answer, `u32 count | (u32 ttl) x count | (address NUL) x count`, which is empty when there is
 * none. What does not fit ends the list. (Envoy, `Context::onResolveDns`)
 */
export function addressesOf(answer: Slice): string[] {
  const addresses = new Array<string>();
  const count = countOf(answer);
  const end = dataOf(answer) + sizeOf(answer);
  let text = dataOf(answer) + 4 + <usize>count * 4;
  for (let i: u32 = 0; i < count; i++) {
    const begin = text;
    while (text < end && load<u8>(text) != 0) text += 1;
    if (text == end) break;
    addresses.push(decode(begin, text - begin));
    text += 1;
  }
  return addresses;
}

/** The shortest time that an address of an answer holds, in seconds; 0 without any. */
export function ttlOf(answer: Slice): u32 {
  const count = countOf(answer);
  let shortest: u32 = count == 0 ? 0 : u32.MAX_VALUE;
  for (let i: u32 = 0; i < count; i++) {
    shortest = min(shortest, load<u32>(dataOf(answer) + 4 + <usize>i * 4));
  }
  return shortest;
}

/** How many addresses there are; 0 when there is no room for as many as it says. */
function countOf(answer: Slice): u32 {
  if (sizeOf(answer) < 4) return 0;
  const count = load<u32>(dataOf(answer));
  return <usize>count <= (sizeOf(answer) - 4) / 5 ? count : 0;
}
