import {
  BodyAction,
  Config,
  DnsHandler,
  Expression,
  HeadersAction,
  HttpContext,
  LifeSpan,
  PropertyType,
  RootContext,
  SignatureHash,
  Status,
  callForeign,
  clearRouteCache,
  compress,
  declareProperty,
  log,
  properties,
  setFilterState,
  sign,
  signPem,
  uncompress,
  verifySignature,
  verifySignaturePem,
} from "as-proxy-wasm";
import { OrderedStream, fromHex, toHex, utf8 } from "./orders";

/** Calls functions that Envoy has beyond the ABI. */
export class Foreign extends RootContext {
  readonly onApi: Expression | null = Expression.compile('request.path.startsWith("/api")');

  onConfigure(config: Config): bool {
    const first = declareProperty("kept", PropertyType.String, true, LifeSpan.DownstreamConnection);
    const second = declareProperty("kept", PropertyType.String);
    log.info("declared " + first.toString() + " " + second.toString());
    return true;
  }

  createHttpContext(): HttpContext {
    return new ForeignStream(this);
  }
}

class Addresses extends DnsHandler {
  constructor(private readonly stream: HttpContext) {
    super();
  }

  onResolved(addresses: string[], ttl: u32): void {
    this.stream.sendLocalReply(200, addresses.length.toString() + " " + addresses.join(" "));
  }
}

function hashOf(name: string): SignatureHash {
  if (name == "sha1") return SignatureHash.Sha1;
  if (name == "sha384") return SignatureHash.Sha384;
  return name == "sha512" ? SignatureHash.Sha512 : SignatureHash.Sha256;
}

class ForeignStream extends OrderedStream {
  private what: string = "";
  private hash: SignatureHash = SignatureHash.Sha256;
  private isPem: bool = false;
  private hasNoKey: bool = false;
  private signature: Uint8Array = new Uint8Array(0);
  private text: Uint8Array = new Uint8Array(0);

  constructor(private readonly root: Foreign) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.what = this.order("x-do");
    this.hash = hashOf(this.order("x-hash"));
    this.isPem = this.order("x-key") == "pem";
    this.hasNoKey = this.order("x-key") == "none";
    this.signature = fromHex(this.order("x-signature"));
    this.text = utf8(this.order("x-text"));
    if (this.what == "filter-state") {
      const set = setFilterState(this.order("x-key"), this.order("x-value"), LifeSpan.DownstreamRequest);
      log.info("filter state " + set.toString());
    }
    if (this.what == "route") {
      properties.set("choose", "special");
      if (this.order("x-clear") == "yes") clearRouteCache();
    }
    if (this.what == "keep") {
      const before = properties.text("kept");
      const set = properties.set("kept", this.order("x-value"));
      this.sendLocalReply(200, (before === null ? "(null)" : before) + " " + set.toString());
    }
    if (this.what == "unknown") {
      const answer = callForeign("no_such_function", utf8("argument"));
      this.sendLocalReply(200, answer.ok.toString() + " " + answer.exists.toString());
    }
    if (this.what == "express") this.express();
    if (this.what == "resolve") {
      if (this.resolveDns(this.order("x-name"), new Addresses(this))) return HeadersAction.Pause;
      this.sendLocalReply(200, "not asked");
    }
    return HeadersAction.Continue;
  }

  private express(): void {
    const onApi = this.root.onApi;
    if (onApi === null) {
      const answer = callForeign("expr_create", utf8("1"));
      this.sendLocalReply(200, answer.status == Status.NotFound ? "not there" : "broken");
      return;
    }
    const scratch = Expression.compile("1 + 1");
    const value: Uint8Array | null = scratch === null ? null : scratch.evaluate();
    if (scratch !== null) scratch.delete();
    const wrong = Expression.compile("1 +") === null;
    this.sendLocalReply(
      200,
      [
        onApi.test().toString(),
        value === null ? "(null)" : toHex(value),
        wrong.toString(),
        scratch === null || scratch.evaluate() === null ? "gone" : "there",
      ].join(" "),
    );
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    if (!endOfStream) return BodyAction.Pause;
    const body = this.request.body.bytes();
    if (this.what == "verify") this.verify(body);
    else if (this.what == "sign") this.sign(body);
    else if (this.what == "compress") this.replyWith(compress(body));
    else if (this.what == "uncompress") this.replyWith(uncompress(body));
    return BodyAction.Continue;
  }

  private verify(key: Uint8Array): void {
    if (this.hasNoKey) key = new Uint8Array(0);
    const verdict = this.isPem
      ? verifySignaturePem(this.hash, String.UTF8.decode(key.buffer), this.signature, this.text)
      : verifySignature(this.hash, key, this.signature, this.text);
    this.sendLocalReply(200, verdict.toString());
  }

  private sign(key: Uint8Array): void {
    const signature = this.isPem
      ? signPem(this.hash, String.UTF8.decode(key.buffer), this.text)
      : sign(this.hash, key, this.text);
    this.replyWith(signature);
  }

  private replyWith(bytes: Uint8Array | null): void {
    if (bytes === null) this.sendLocalReply(400, "(null)");
    else this.sendLocalReplyBytes(200, bytes);
  }
}
