import { HttpContext, JsonWriter } from "as-proxy-wasm";

/** What the gRPC specification has for requests that are wrong in themselves; hosts make another of 400. */
const INVALID_ARGUMENT: i32 = 3;
const FROM_STATUS: i32 = -1;

/** What an access log says of the answer. */
const DENIED = "jwt_validator_denied";
const FAILED = "jwt_validator_no_keys";

/** The answers to requests that do not go on. (RFC 6750, 3) */
export namespace refusal {
  /** There is no token: nothing but how to bring one. */
  export function missing(stream: HttpContext, challenge: string): void {
    const body = new JsonWriter().beginObject().key("error").string("Unauthorized").endObject().text();
    send(stream, 401, challenge, body, DENIED);
  }

  /** There is one that is not accepted. */
  export function invalid(stream: HttpContext, challenge: string, description: string): void {
    const full = challenge + ', error="invalid_token", error_description="' + description + '"';
    send(stream, 401, full, bodyOf("invalid_token", description), DENIED);
  }

  /** There are several. */
  export function several(stream: HttpContext, challenge: string, description: string): void {
    const full = challenge + ', error="invalid_request", error_description="' + description + '"';
    send(stream, 400, full, bodyOf("invalid_request", description), DENIED, INVALID_ARGUMENT);
  }

  /** There is nothing to check it with. */
  export function unavailable(stream: HttpContext, description: string): void {
    send(stream, 503, "", bodyOf("temporarily_unavailable", description), FAILED);
  }
}

function bodyOf(error: string, description: string): string {
  const json = new JsonWriter().beginObject().key("error").string(error);
  return json.key("error_description").string(description).endObject().text();
}

function send(
  stream: HttpContext,
  status: u32,
  challenge: string,
  body: string,
  details: string,
  grpcStatus: i32 = FROM_STATUS,
): void {
  const headers = [["content-type", "application/json"]];
  if (challenge.length != 0) headers.push(["www-authenticate", challenge]);
  stream.sendLocalReply(status, body, headers, details, grpcStatus);
}
