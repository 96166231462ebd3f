import { Headers, JsonWriter, NO_HEADER, decimal, formatTime, properties, requestPath } from "as-proxy-wasm";
import { JWT_AUTHN, claims, claimsAsMetadata } from "./claims";
import { NamedTexts } from "./named-texts";
import { writePeer } from "./peer";
import { Settings } from "./settings";
import { pathSegments, queryParameters } from "./target";

/** Headers that are new in every request, where whoever configures does not name them: its number, and traces. */
const NEW: string[] = ["x-request-id", "traceparent", "tracestate", "b3"];
const NEW_PREFIX = "x-b3-";

/**
 * Writes what a policy is asked about the request whose headers are just here. Without what is new in every request (its
 * time and number, the client's port, traces) it is the same for requests that are to be decided on alike.
 */
export function writeInput(
  request: Headers,
  endOfStream: bool,
  settings: Settings,
  withNew: bool,
): Uint8Array {
  // The length of the body, where it is known yet.
  const size = endOfStream ? 0 : request.number("content-length");
  const isForEnvoy = settings.isForEnvoy;
  const json = new JsonWriter().beginObject().key("input").beginObject();
  if (isForEnvoy) json.key("attributes").beginObject();
  writePeer(json, "source", isForEnvoy, withNew);
  writePeer(json, "destination", isForEnvoy, true);
  json.key("request").beginObject();
  const time = properties.request.time();
  if (withNew && time >= 0) json.key("time").string(formatTime(time));
  if (isForEnvoy) json.key("http").beginObject();
  writeRequest(json, request, settings, withNew);
  if (isForEnvoy) {
    // In the JSON of protobuf messages a number of 64 bits is a text.
    if (size >= 0) json.key("size").string(decimal(size));
    json.endObject().endObject();
    const metadata = claimsAsMetadata();
    if (metadata !== null) {
      json.key("metadataContext").beginObject().key("filterMetadata").beginObject();
      json.key(JWT_AUTHN).raw(metadata).endObject().endObject();
    }
    json.endObject().key("truncated_body").bool(false).key("parsed_body").null();
    json.key("version").raw('{"encoding":"protojson","ext_authz":"v3"}');
  } else {
    if (size >= 0) json.key("size").integer(size);
    const payload = claims();
    json.endObject().key("jwt");
    if (payload === null) json.null();
    else json.raw(payload);
  }
  json.key("parsed_path").beginList();
  const segments = pathSegments(requestPath(request));
  for (let i = 0; i < segments.length; i++) json.string(segments[i]);
  json.endList().key("parsed_query").beginObject();
  const target = request.view(":path");
  const parameters = queryParameters(target == NO_HEADER ? 0 : target);
  while (parameters.next()) {
    json.key(parameters.name).beginList();
    for (let i = 0; i < parameters.count; i++) json.string(parameters.value(i));
    json.endList();
  }
  return json.endObject().endObject().endObject().bytes();
}

function writeRequest(json: JsonWriter, request: Headers, settings: Settings, withNew: bool): void {
  if (withNew) writeField(json, "id", request.get("x-request-id"));
  writeField(json, "method", request.get(":method"));
  writeField(json, "scheme", request.get(":scheme"));
  writeField(json, "host", request.get(":authority"));
  writeField(json, "path", request.get(":path"));
  writeField(json, "protocol", properties.request.protocol());
  const headers = new NamedTexts();
  const field = request.cursor();
  while (field.next()) {
    const name = field.name;
    const isNew = (NEW.includes(name) || name.startsWith(NEW_PREFIX)) && !settings.names(name);
    if (settings.tells(name) && (withNew || !isNew)) headers.add(name, field.value);
  }
  json.key("headers").beginObject();
  while (headers.next()) {
    let joined = headers.value(0);
    for (let i = 1; i < headers.count; i++) joined += "," + headers.value(i);
    json.key(headers.name).string(joined);
  }
  json.endObject();
}

function writeField(json: JsonWriter, key: string, value: string | null): void {
  if (value !== null) json.key(key).string(value);
}
