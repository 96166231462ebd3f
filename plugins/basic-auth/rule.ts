import { HostPattern, MethodSet, PathPattern, Slice } from "as-proxy-wasm";
import { CredentialSet } from "./credentials";

/** Which requests need credentials, and which credentials those are. */
@final
export class Rule {
  constructor(
    /** Where it stands in the configuration: `basic_auth_rules[0]`. */
    readonly place: string,
    /** None for all hosts. */
    readonly hosts: HostPattern[],
    readonly path: PathPattern,
    readonly methods: MethodSet,
    readonly credentials: CredentialSet,
  ) {}

  /** Whether a request is one of those, by one spelling of its path. */
  fits(authority: Slice, path: Slice, method: Slice): bool {
    return this.path.matches(path) && this.methods.has(method) && this.fitsHost(authority);
  }

  /** Whether it is for every host and path that another is for, whatever the methods. */
  coversPlaceOf(other: Rule): bool {
    if (!this.path.covers(other.path)) return false;
    if (this.hosts.length == 0) return true;
    if (other.hosts.length == 0) return false;
    for (let i = 0; i < other.hosts.length; i++) {
      if (!this.coversHost(other.hosts[i])) return false;
    }
    return true;
  }

  private fitsHost(authority: Slice): bool {
    const hosts = this.hosts;
    for (let i = 0; i < hosts.length; i++) {
      if (unchecked(hosts[i]).fits(authority)) return true;
    }
    return hosts.length == 0;
  }

  private coversHost(host: HostPattern): bool {
    for (let i = 0; i < this.hosts.length; i++) {
      if (this.hosts[i].covers(host)) return true;
    }
    return false;
  }
}

/** The rules whose credentials a request needs: mostly one. */
@final
export class Decision {
  constructor(
    readonly rule: Rule,
    /** One that must take the credentials too. */
    private readonly also: Rule | null,
  ) {}

  /** Whether the rules take the credentials of this hash. */
  accepts(hash: Uint8Array): bool {
    const also = this.also;
    const second = also === null || also.credentials.accepts(hash);
    return this.rule.credentials.accepts(hash) && second;
  }
}

/** Rules in the order of the configuration. */
@final
export class RuleList {
  constructor(readonly rules: Rule[]) {}

  /**
   * The rule whose credentials a request needs, by its path as it came and normalised; null where no rule fits either.
   *
   * The first that fits the normalised path decides: that is what most services answer. One that fits the path as it
   * came and stands before it, or where there is no other, has to be content as well, or alone: a service that takes
   * `/admin/../x` for something below `/admin` must not be reached without what `/admin` needs.
   */
  decide(authority: Slice, path: Slice, normal: Slice, method: Slice): Decision | null {
    const decides = this.first(authority, normal, method);
    const literal = path == normal ? decides : this.first(authority, path, method);
    if (literal < 0 && decides < 0) return null;
    if (decides < 0) return new Decision(this.rules[literal], null);
    return new Decision(this.rules[decides], literal >= 0 && literal < decides ? this.rules[literal] : null);
  }

  private first(authority: Slice, path: Slice, method: Slice): i32 {
    const rules = this.rules;
    for (let i = 0; i < rules.length; i++) {
      if (unchecked(rules[i]).fits(authority, path, method)) return i;
    }
    return -1;
  }
}
