import { Config, Headers, KeyedDigest, decimal } from "as-proxy-wasm";
import { HIGHEST_RATE, LEAST_RATE, Limit } from "./bucket";
import { KeyPart, readKeyParts } from "./keys";
import { RuleMatch, readMatch } from "./rule-match";

/** How many bits a limit's `tickBits` takes. */
const TICK_BITS_SIZE: u64 = 5;

/** A limit with the keys that it counts requests by. */
@final
export class RateRule {
  /** The first parts of the digests of its keys: what tells them from those of other rules. */
  private low: u64 = 0;
  private high: u64 = 0;
  private isBegun: bool = false;

  constructor(
    /** Where the configuration has it: `rules[1]`; "" for what holds for all other requests. */
    readonly name: string,
    /** Its place among the rules; -1 for what holds for all other requests. */
    readonly index: i32,
    /** Tells it from rules of another configuration or with other figures, whose buckets are not its own. */
    private readonly identity: string,
    readonly rate: f64,
    readonly limit: Limit,
    readonly keys: KeyPart[],
    private readonly match: RuleMatch | null,
  ) {}

  /** Whether a request fits, by its path as it came and normalised: one is enough, or with `strictPath` both must. */
  fits(request: Headers, strictPath: bool): bool {
    const match = this.match;
    return match === null || match.fits(request, strictPath);
  }

  /** Makes the digest of a request's key. */
  makeKey(key: KeyedDigest, request: Headers): void {
    if (!this.isBegun) {
      key.begin();
      key.addText(this.identity);
      this.low = key.low;
      this.high = key.high;
      this.isBegun = true;
    }
    key.resume(this.low, this.high);
    for (let i = 0; i < this.keys.length; i++) unchecked(this.keys[i]).addTo(key, request);
  }
}

/** The limits of a configuration. */
@final
export class RateRules {
  constructor(
    private readonly rules: RateRule[],
    private readonly base: RateRule,
  ) {}

  /**
   * The rule of a request: the first that it fits, or what holds for all others. A path that lies under a rule's prefix
   * only in one of its spellings may be meant for that rule or for a later one: of all that it may be meant for, the one
   * with the lowest rate holds, so that no spelling gets a request a higher one.
   */
  choose(request: Headers): RateRule {
    let chosen: RateRule | null = null;
    for (let i = 0; i < this.rules.length; i++) {
      const rule = unchecked(this.rules[i]);
      if (!rule.fits(request, false)) continue;
      chosen = slower(chosen, rule);
      if (rule.fits(request, true)) return chosen;
    }
    return slower(chosen, this.base);
  }
}

function slower(chosen: RateRule | null, rule: RateRule): RateRule {
  return chosen === null || rule.rate < chosen.rate ? rule : chosen;
}

/** The limits of a configuration: that for all requests, and its `rules` in their order. */
export function readRules(config: Config): RateRules {
  const address = KeyPart.parse("remote_address");
  const keys = readKeyParts(config, address === null ? [] : [address]);
  const base = readLimit(config, "", -1, keys, null);
  const entries = config.objects("rules");
  const rules: RateRule[] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = unchecked(entries[i]);
    const match = readMatch(entry.requiredObject("match"));
    const name = "rules[" + decimal(i) + "]";
    rules.push(readLimit(entry, name, i, readKeyParts(entry, keys), match));
  }
  return new RateRules(rules, base);
}

function readLimit(
  config: Config,
  name: string,
  index: i32,
  keys: KeyPart[],
  match: RuleMatch | null,
): RateRule {
  const rate = config.requiredNumber("requests_per_second", LEAST_RATE, HIGHEST_RATE);
  const burst = <u32>config.integer("burst_size", <i64>max(rate, 1), 1, <i64>HIGHEST_RATE);
  const limit = new Limit(rate, burst);
  const figures = ((<u64>burst) << TICK_BITS_SIZE) | limit.tickBits;
  let identity = config.path + " " + decimal(limit.interval) + " " + decimal(figures);
  for (let i = 0; i < keys.length; i++) identity += " " + unchecked(keys[i]).descriptorKey;
  return new RateRule(name, index, identity, rate, limit, keys, match);
}
