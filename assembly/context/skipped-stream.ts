import { HeadersAction } from "../http/actions";
import { HttpContext } from "./http";

/**
 * A stream that an override switches the plugin off for: nothing becomes of it but a line of the audit. It is what
 * `createSkippedContext` makes in a plugin that decides on requests.
 */
@final
export class SkippedStream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.audit("bypass", "overrides", "switched off");
    return HeadersAction.Continue;
  }
}
