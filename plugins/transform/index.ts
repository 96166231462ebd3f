import {
  BodyAction,
  Config,
  HeadersAction,
  Headers,
  HttpContext,
  NO_HEADER,
  RootContext,
  TrailersAction,
  decimal,
  monotonicNow,
  now,
  register,
} from "as-proxy-wasm";
import { BodySettings, BodySide } from "./body-side";
import { readBodyChanges } from "./body-changes";
import {
  FieldChanges,
  readAddedToRequests,
  readFieldChanges,
  readRemovedFromResponses,
} from "./field-changes";
import { PathChanges, changedPath, readPathChanges } from "./path-changes";
import { QueryChanges, readQueryChanges } from "./query-changes";
import { milliseconds } from "./timing";

/** Changes requests and responses: headers, path, query and bodies; tells how long a request took; logs bodies. */
class Transform extends RootContext {
  timed: bool = true;
  added: FieldChanges | null = null;
  removed: FieldChanges | null = null;
  requestFields: FieldChanges | null = null;
  responseFields: FieldChanges | null = null;
  path: PathChanges | null = null;
  query: QueryChanges | null = null;
  requestBody: BodySettings = noBodies();
  responseBody: BodySettings = noBodies();

  onConfigure(config: Config): bool {
    this.timed = config.bool("timing_headers", true);
    this.added = readAddedToRequests(config);
    this.removed = readRemovedFromResponses(config);
    const limit = <u32>config.integer("max_body_size_bytes", 10240, 0, 1 << 24);
    const logged = config.bool("log_request_body");
    const holds = config.bool("hold_headers");
    const shadow = config.common.shadow;
    const request = config.object("request");
    if (request !== null) {
      this.requestFields = readFieldChanges(request, true);
      const path = request.object("path");
      if (path !== null) this.path = readPathChanges(path);
      const query = request.object("query");
      if (query !== null) this.query = readQueryChanges(query);
    }
    const requestChanges = readBodyChanges(request);
    this.requestBody = new BodySettings("request", requestChanges, logged, limit, shadow, holds);
    const response = config.object("response");
    if (response !== null) this.responseFields = readFieldChanges(response, false);
    const responseChanges = readBodyChanges(response);
    this.responseBody = new BodySettings("response", responseChanges, false, limit, shadow, holds);
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new TransformStream(this);
  }
}

class TransformStream extends HttpContext {
  /** When the request came, on a clock that no client has a say in; 0 where it did not come by here. */
  private begin: u64 = 0;
  /** What looks like a body is a tunnel's. */
  private tunnel: bool = false;
  private requestSide: BodySide | null = null;
  private responseSide: BodySide | null = null;

  constructor(private plugin: Transform) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    const headers = this.request.headers;
    this.begin = monotonicNow();
    this.tunnel = headers.view("upgrade") != NO_HEADER || headers.equals(":method", "CONNECT");
    change(plugin.added, headers);
    if (plugin.timed) headers.set("x-request-start-time", decimal(now()));
    change(plugin.requestFields, headers);
    this.changePath();
    let side: BodySide | null = null;
    if (!this.tunnel) side = plugin.requestBody.begin(headers, endOfStream);
    this.requestSide = side;
    return side === null ? HeadersAction.Continue : side.headersAction;
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    const side = this.requestSide;
    if (side === null) return BodyAction.Continue;
    return side.onPiece(this.request.body, this.request.headers, size, endOfStream);
  }

  onRequestTrailers(): TrailersAction {
    const side = this.requestSide;
    if (side !== null) side.complete(this.request.body, this.request.headers, false);
    return TrailersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    const headers = this.response.headers;
    change(plugin.removed, headers);
    change(plugin.responseFields, headers);
    if (plugin.timed && this.begin != 0) {
      headers.set("x-processing-time", milliseconds(monotonicNow() - this.begin));
    }
    let side: BodySide | null = null;
    if (!this.tunnel) side = plugin.responseBody.begin(headers, endOfStream);
    this.responseSide = side;
    return side === null ? HeadersAction.Continue : side.headersAction;
  }

  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    const side = this.responseSide;
    if (side === null) return BodyAction.Continue;
    return side.onPiece(this.response.body, this.response.headers, size, endOfStream);
  }

  onResponseTrailers(): TrailersAction {
    const side = this.responseSide;
    if (side !== null) side.complete(this.response.body, this.response.headers, false);
    return TrailersAction.Continue;
  }

  private changePath(): void {
    const plugin = this.plugin;
    if (plugin.path === null && plugin.query === null) return;
    const target = this.request.headers.view(":path");
    if (target == NO_HEADER) return;
    const changed = changedPath(target, plugin.path, plugin.query);
    if (changed !== null) this.request.headers.setBytes(":path", changed);
  }
}

/** What holds until the configuration is read. */
function noBodies(): BodySettings {
  return new BodySettings("", readBodyChanges(null), false, 0, false, false);
}

function change(changes: FieldChanges | null, headers: Headers): void {
  if (changes !== null) changes.apply(headers);
}

register("transform", () => new Transform());
