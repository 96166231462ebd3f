import { FieldBlock, Slice, decodeSlice, equalBytes, now, sizeOf, sliceOf, utf8Slice } from "as-proxy-wasm";
import { Arriving } from "./arriving";
import { Asked } from "./asked";
import { isAbout, isOfSameBody } from "./conditions";
import { CacheKey } from "./cache-key";
import { Entry, EntryDraft, Kind } from "./entry";
import { draftOf, fieldsToKeep, keptUntil, mergedFields } from "./keep";
import { RequestHead } from "./request-head";
import { ResponseHead } from "./response-head";
import { Settings } from "./settings";
import { Slots } from "./slots";
import { NOT_KEPT, lifetimeToKeep } from "./storability";

/**
 * The responses that are kept. Under the key of a URI there is its response, or what its responses vary by; those are
 * then under keys of their own, with a generation in them that a new list of names, or a withdrawal, makes another.
 */
@final
export class Store {
  /** The key of the URI that was looked for last. */
  low: u64 = 0;
  high: u64 = 0;
  /** The key that its response for the request has, as far as that is known. */
  variantLow: u64 = 0;
  variantHigh: u64 = 0;
  /** Whether the URI has responses that vary. */
  hasVariants: bool = false;
  /** How many generations began here: a clock need not go on between two of them. */
  private generations: u64 = 0;

  constructor(
    private readonly key: CacheKey,
    private readonly slots: Slots,
    private readonly settings: Settings,
  ) {}

  /** The response for a request, whose fields are in `block`, if there is one. It lies in memory that ends with the callback. */
  find(head: RequestHead, block: Slice): Entry | null {
    this.key.ofUri(head.scheme, head.authority, head.target);
    this.low = this.key.low;
    this.high = this.key.high;
    this.variantLow = this.low;
    this.variantHigh = this.high;
    const entry = this.at(this.low, this.high);
    this.hasVariants = entry !== null && entry.kind == Kind.Variants;
    if (entry === null || entry.kind == Kind.Response) return entry;
    this.key.ofVariant(this.low, this.high, entry.generation, entry.fields, block);
    this.variantLow = this.key.low;
    this.variantHigh = this.key.high;
    const variant = this.at(this.variantLow, this.variantHigh);
    return variant !== null && variant.kind == Kind.Response ? variant : null;
  }

  /** For how long a response to a request would be kept as fresh, in seconds; `NOT_KEPT` where it is not. */
  lifetimeOf(asked: Asked, head: ResponseHead, time: i64): i64 {
    if (!asked.isUsual) return NOT_KEPT;
    return lifetimeToKeep(
      head,
      asked.hasAuthorization,
      asked.isPersonal,
      this.settings.ttlSeconds,
      time / 1000,
    );
  }

  /** Begins to keep a response whose fields are in a block; null where they cannot be kept. */
  begin(asked: Asked, head: ResponseHead, lifetime: i64, fields: Slice, time: i64): Arriving | null {
    const block = fieldsToKeep(head, fields, time);
    if (block == 0) return null;
    const draft = draftOf(head, lifetime, asked.time, time);
    const most = this.settings.maxBodySize;
    const expected = <usize>min(max(<i64>0, head.contentLength), <i64>most);
    return new Arriving(
      draft,
      this.namesOf(head),
      head.vary.length != 0,
      keptUntil(draft, head, time),
      head.contentLength,
      sizeOf(block),
      draft.begin(block, expected, most),
    );
  }

  /** Keeps a response that has arrived. False where that cannot be. */
  finish(asked: Asked, response: Arriving): bool {
    const draft = response.draft;
    const until = response.until;
    let names = response.names;
    // A list that others began in the meantime is begun anew by those that vary.
    const known = names.length != 0 || asked.hadVariants ? this.at(asked.low, asked.high) : null;
    const isList = known !== null && known.kind == Kind.Variants;
    // Who leaves `vary` out of one of several responses leaves it out by mistake. (RFC 9111, 4.1)
    if (!response.saysVary && known !== null && isList) names = decodeSlice(known.fields);
    if (names.length == 0) {
      draft.low = asked.low;
      draft.high = asked.high;
      return this.put(draft, response.finish(), until, asked, draft.responseTime);
    }
    const list = utf8Slice(names);
    const isSame = known !== null && isList && equalBytes(known.fields, list);
    // What was asked for before the list began may be older than a withdrawal.
    if (isSame && known !== null && known.begun > asked.time) return false;
    const variants = new EntryDraft();
    variants.kind = Kind.Variants;
    variants.low = asked.low;
    variants.high = asked.high;
    variants.generation = isSame && known !== null ? known.generation : now() + ++this.generations;
    variants.begun = isSame && known !== null ? known.begun : asked.time;
    const knownUntil = isSame && known !== null ? known.responseTime : 0;
    // The list has to be there for as long as any of its responses: that is its time.
    variants.responseTime = max(knownUntil, until);
    this.key.ofVariant(asked.low, asked.high, variants.generation, list, asked.block);
    draft.low = this.key.low;
    draft.high = this.key.high;
    if (
      knownUntil < until &&
      !this.put(variants, sliceOf(variants.build(0, list)), until, asked, draft.responseTime)
    )
      return false;
    return this.put(draft, response.finish(), until, asked, draft.responseTime);
  }

  /** Keeps a response whose body is here. False where that cannot be. */
  keep(asked: Asked, head: ResponseHead, lifetime: i64, fields: Slice, body: Slice, time: i64): bool {
    const response = this.begin(asked, head, lifetime, fields, time);
    if (response === null) return false;
    response.append(body);
    return this.finish(asked, response);
  }

  /**
   * An entry with the fields that a 304 brings, kept unless that forbids it; null where the 304 is about another
   * response, which is withdrawn then, or where its fields are too many.
   */
  refresh(asked: Asked, entry: Entry, update: Slice, updateHead: ResponseHead, time: i64): Uint8Array | null {
    if (!isAbout(entry, updateHead, time / 1000)) {
      this.withdraw(asked, time);
      return null;
    }
    const merged = mergedFields(entry, update, updateHead);
    if (merged == 0) return null;
    const head = ResponseHead.read(FieldBlock.cursor(merged), time / 1000);
    head.status = entry.status;
    head.age = updateHead.age;
    const lifetime = this.lifetimeOf(asked, head, time);
    const block = fieldsToKeep(head, merged, time);
    if (block == 0) return null;
    if (lifetime == NOT_KEPT) this.withdraw(asked, time);
    else this.keep(asked, head, lifetime, merged, entry.body, time);
    const draft = draftOf(head, max(<i64>0, lifetime), asked.time, time);
    return draft.build(entry.body, block);
  }

  /**
   * What a 200 to a HEAD means for an entry: it is brought up to date where the response is about the same body, and
   * withdrawn where that cannot be told. (RFC 9111, 4.3.5)
   */
  takeHead(asked: Asked, entry: Entry, update: Slice, updateHead: ResponseHead, time: i64): void {
    if (isOfSameBody(entry, updateHead, time / 1000)) this.refresh(asked, entry, update, updateHead, time);
    else this.withdraw(asked, time);
  }

  /** Withdraws all responses of the URI of a request. */
  withdraw(asked: Asked, time: i64): void {
    if (!asked.isUsual) return;
    this.slots.withdraw(asked.low, asked.high, time);
  }

  /** As `withdraw`, by the URI. */
  withdrawUri(scheme: Slice, authority: Slice, target: Slice, time: i64): void {
    this.key.ofUri(scheme, authority, target);
    this.slots.withdraw(this.key.low, this.key.high, time);
  }

  private at(low: u64, high: u64): Entry | null {
    return Entry.open(this.slots.find(low, high), low, high);
  }

  private put(draft: EntryDraft, entry: Slice, until: i64, asked: Asked, time: i64): bool {
    return this.slots.put(draft.low, draft.high, entry, until, asked.time, time);
  }

  /** What a response varies by, with what all do, separated by commas. */
  private namesOf(head: ResponseHead): string {
    let names = "";
    const always = this.settings.keyHeaders;
    for (let i = 0; i < always.length; i++) names += (names.length == 0 ? "" : ",") + always[i];
    for (let i = 0; i < head.vary.length; i++) {
      if (!always.includes(head.vary[i])) names += (names.length == 0 ? "" : ",") + head.vary[i];
    }
    return names;
  }
}
