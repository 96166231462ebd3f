import { HeadersAction, HttpContext } from "as-proxy-wasm";

/** A stream that an override switches the plugin off for. */
@final
export class SkippedStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.audit("bypass", "overrides", "switched off");
    return HeadersAction.Continue;
  }
}
