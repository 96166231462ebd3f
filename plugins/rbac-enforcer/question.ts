import { Headers, HttpCall, HttpService, sha256 } from "as-proxy-wasm";
import { writeInput } from "./input";
import { Settings } from "./settings";

/**
 * What decisions on a request are found by: the same for requests about which the same would be asked, but for what is new
 * in every request. Empty where no decision is kept.
 */
export function digestOf(request: Headers, endOfStream: bool, settings: Settings): Uint8Array {
  if (settings.cacheEntries == 0) return new Uint8Array(0);
  return sha256(writeInput(request, endOfStream, settings, false));
}

/** The call that asks OPA's data API about a request. */
export function questionAbout(
  request: Headers,
  endOfStream: bool,
  settings: Settings,
  service: HttpService,
): HttpCall {
  const headers = [
    [":method", "POST"],
    ["content-type", "application/json"],
  ];
  headers.push([":path", service.path]);
  headers.push([":authority", service.authority]);
  const input = writeInput(request, endOfStream, settings, true);
  return { headers: headers, bodyBytes: input, timeoutMs: settings.timeoutMs };
}
