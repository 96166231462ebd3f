import {
  Config,
  HttpService,
  JsonType,
  JwtAlgorithm,
  JwtKeySet,
  JwtRules,
  Slice,
  SkipRules,
  isFieldNameText,
  isFieldNamed,
  isFramingField,
  jwtAlgorithm,
  lowerCaseText,
  parseKeySet,
  quotedString,
} from "as-proxy-wasm";
import { readPlaces } from "./read-places";
import { TokenPlace } from "./token-places";

const NANOSECONDS_PER_SECOND: u64 = 1000000000;
const NANOSECONDS_PER_MILLISECOND: u64 = 1000000;

/** Keys that say how a set is fetched. */
const FETCH_KEYS: string[] = ["jwks_cluster", "jwks_refresh_seconds"];

/** A claim, and the header that tells the upstream of it. */
@final
export class ClaimHeader {
  constructor(
    readonly claim: string,
    /** In small letters. */
    readonly header: string,
  ) {}
}

/** What the configuration says. */
@final
export class Settings {
  /** Where the keys are fetched; null where the configuration has them. */
  service: HttpService | null = null;
  /** What names that set among others: its place, and the way to it. */
  source: string = "";
  /** Nanoseconds, as all times here. */
  refresh: u64 = 0;
  timeout: u64 = 0;
  /** The keys that the configuration has. */
  keys: JwtKeySet | null = null;
  /** The algorithms that are accepted; none: all that the keys are for. */
  algorithms: JwtAlgorithm[] = [];
  rules: JwtRules = new JwtRules();
  requiredClaims: string[] = [];
  places: TokenPlace[] = [];
  maxTokenSize: i32 = 0;
  allowMissing: bool = false;
  /** Whether the upstream gets the token. */
  forward: bool = true;
  /** In small letters; "" for none. */
  payloadHeader: string = "";
  claimHeaders: ClaimHeader[] = [];
  /** What a client is asked for, in `www-authenticate`. */
  challenge: string = "";
  skip: SkipRules = new SkipRules();

  /** Reads a configuration; what is wrong with it, `config.ok()` tells. */
  static read(config: Config): Settings {
    const settings = new Settings();
    settings.readKeys(config);
    settings.readRules(config);
    settings.places = readPlaces(config);
    settings.maxTokenSize = <i32>config.integer("max_token_size_bytes", 16384, 1, 1048576);
    settings.allowMissing = config.bool("allow_missing");
    settings.forward = config.bool("forward", true);
    settings.readHeaders(config);
    settings.challenge = "Bearer realm=" + quotedString(realmOf(config));
    settings.skip = SkipRules.read(config);
    return settings;
  }

  private readKeys(config: Config): void {
    const fetched = config.has("jwks_uri");
    const inline = config.has("jwks");
    if (fetched && inline) config.problem("jwks", "does not go with jwks_uri");
    if (!fetched && !inline) config.problem("jwks_uri", "is required, unless there is jwks");
    const uri = config.string("jwks_uri");
    const cluster = nonEmpty(config, "jwks_cluster");
    if (config.typeOf("jwks_uri") == JsonType.String) {
      this.service = HttpService.parse(uri, cluster);
      if (this.service === null) config.problem("jwks_uri", "expected an http or https URL");
    }
    this.source = uri + " " + cluster;
    const refresh = config.integer("jwks_refresh_seconds", 300, 1, 86400);
    this.refresh = <u64>refresh * NANOSECONDS_PER_SECOND;
    this.timeout = <u64>config.integer("timeout_ms", 3000, 1, 600000) * NANOSECONDS_PER_MILLISECOND;
    for (let i = 0; i < FETCH_KEYS.length && !fetched; i++) {
      if (config.has(FETCH_KEYS[i])) config.problem(FETCH_KEYS[i], "goes with jwks_uri only");
    }
    if (inline) this.keys = inlineKeys(config);
  }

  private readRules(config: Config): void {
    const rules = this.rules;
    const issuer = nonEmpty(config, "issuer");
    if (issuer.length != 0) rules.issuers.push(issuer);
    rules.audiences = nonEmptyStrings(config, "audiences");
    rules.requireExpiration = config.bool("require_expiration", true);
    rules.clockSkew = <f64>config.integer("clock_skew_seconds", 60, 0, 86400);
    rules.maximumAge = <f64>config.integer("max_token_age_seconds", 0, 1, 315360000);
    this.requiredClaims = nonEmptyStrings(config, "required_claims");
    const names = config.strings("algorithms");
    for (let i = 0; i < names.length; i++) {
      const algorithm = jwtAlgorithm(names[i]);
      // The other name of EdDSA is for tokens: a configuration has one way to say it.
      if (algorithm == JwtAlgorithm.Unknown || names[i] == "Ed25519") {
        config.problem("algorithms", names[i] + " is not supported");
      } else if (algorithm <= JwtAlgorithm.HS512 && config.has("jwks_uri")) {
        config.problem("algorithms", names[i] + " is for secrets, which jwks has and jwks_uri has not");
      }
      this.algorithms.push(algorithm);
    }
  }

  private readHeaders(config: Config): void {
    this.payloadHeader = headerFor(config, "forward_payload_header");
    const entries = config.objects("claim_to_headers");
    for (let i = 0; i < entries.length; i++) {
      entries[i].requiredString("claim");
      entries[i].requiredString("header");
      const claim = nonEmpty(entries[i], "claim");
      this.claimHeaders.push(new ClaimHeader(claim, headerFor(entries[i], "header")));
    }
  }

  /** Whether tokens signed with an algorithm are accepted. */
  takes(algorithm: JwtAlgorithm): bool {
    return this.algorithms.length == 0 || this.algorithms.includes(algorithm);
  }
}

/** A set of keys in the configuration, as an object or as its text. Every one of its keys must be of use. */
function inlineKeys(config: Config): JwtKeySet | null {
  const document = config.document;
  const node = config.nodeOf("jwks");
  const type = config.typeOf("jwks");
  let text: Slice = 0;
  if (type == JsonType.Object) text = document.raw(node);
  else if (type == JsonType.String) text = document.asUtf8(node);
  else {
    config.problem("jwks", "expected a set of keys, as an object or as text");
    return null;
  }
  const keys = parseKeySet(text, true);
  if (keys.problem.length != 0) config.problem("jwks", keys.problem);
  else if (keys.keys.length == 0 && keys.skipped.length == 0) config.problem("jwks", "has no keys");
  for (let i = 0; i < keys.skipped.length; i++) config.problem("jwks", keys.skipped[i]);
  return keys;
}

function realmOf(config: Config): string {
  const realm = nonEmpty(config, "realm", "istio");
  for (let i = 0; i < realm.length; i++) {
    const code = realm.charCodeAt(i);
    if (code >= 0x20 && code != 0x7f) continue;
    config.problem("realm", "must not have control characters in it");
    break;
  }
  return realm;
}

/** A header that clients must not send themselves. */
function headerFor(config: Config, key: string): string {
  const name = config.string(key);
  if (config.typeOf(key) != JsonType.String) return "";
  if (!isFieldNameText(name)) config.problem(key, "expected the name of a header");
  if (isFramingField(name)) config.problem(key, "must not be a header that is the host's business");
  if (isFieldNamed(name, "authorization") || isFieldNamed(name, "cookie"))
    config.problem(key, "must not be a header that clients need");
  return lowerCaseText(name);
}

function nonEmpty(config: Config, key: string, otherwise: string = ""): string {
  const text = config.string(key, otherwise);
  if (text.length == 0 && config.typeOf(key) == JsonType.String) config.problem(key, "must not be empty");
  return text;
}

function nonEmptyStrings(config: Config, key: string): string[] {
  const list = config.strings(key);
  if (list.includes("")) config.problem(key, "must not have empty texts in it");
  return list;
}
