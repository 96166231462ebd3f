import type { CheapestHost } from "./cheapest-host.js";
import type { ReadyMessages } from "./messages.js";

/** A callback of a stream's life, as a host calls it. */
export interface Callback {
  name: string;
  call(context: number): void;
}

/**
 * The callbacks that a request without trailers goes through, in Envoy's order; what the module lacks is left out. Where
 * HTTP calls are answered, each request waits for one.
 */
export function callbacksOf(host: CheapestHost, messages: ReadyMessages): Callback[] {
  const { requestHeaders, requestBody, responseHeaders, responseBody } = messages;
  const found: Callback[] = [];
  const add = (name: string, ...args: number[]) => {
    const callback = host.callback(name);
    if (callback !== undefined) found.push({ name, call: (context) => void callback(context, ...args) });
  };
  const body = (bytes: Uint8Array) => (bytes.length === 0 ? 1 : 0);
  add("proxy_on_context_create", 1);
  add("proxy_on_request_headers", requestHeaders.count, body(requestBody));
  if (requestBody.length > 0) add("proxy_on_request_body", requestBody.length, 1);
  const answer = host.callback("proxy_on_http_call_response");
  const answered = messages.callHeaders;
  if (answer !== undefined && answered !== null)
    found.push({
      name: "proxy_on_http_call_response",
      call: () => {
        const id = host.nextCall();
        if (id !== 0) answer(1, id, answered.count, 0, 0);
      },
    });
  add("proxy_on_response_headers", responseHeaders.count, body(responseBody));
  if (responseBody.length > 0) add("proxy_on_response_body", responseBody.length, 1);
  add("proxy_on_log");
  add("proxy_on_done");
  add("proxy_on_delete");
  return found;
}
