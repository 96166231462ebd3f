import { JsonWriter, properties } from "as-proxy-wasm";

/** What a certificate says of whose it is, the most telling first. */
const NAMES: string[] = ["uri_san", "dns_san", "subject"];

/**
 * Writes who is at an end of the client's connection, `source` or `destination`: the address, the port, and who it is by
 * its certificate, `spiffe://...` in a mesh. As Envoy tells external authorization services, or simply.
 */
export function writePeer(json: JsonWriter, end: string, isForEnvoy: bool, withPort: bool): void {
  const isSource = end == "source";
  const place = properties.text(end + "\0address");
  const port = properties.integer(end + "\0port");
  json.key(end).beginObject();
  if (place !== null && place.length != 0) {
    if (isForEnvoy) json.key("address").beginObject().key("socketAddress").beginObject();
    json.key("address").string(port < 0 ? place : withoutPort(place));
    if (withPort && port >= 0) json.key(isForEnvoy ? "portValue" : "port").integer(port);
    if (isForEnvoy) json.endObject().endObject();
  }
  for (let i = 0; i < NAMES.length; i++) {
    const side = isSource ? "_peer_certificate" : "_local_certificate";
    const name = properties.text("connection\0" + NAMES[i] + side);
    if (name === null || name.length == 0) continue;
    json.key("principal").string(name);
    break;
  }
  json.endObject();
}

/** The address in `10.0.0.1:4711` and `[::1]:4711`. */
function withoutPort(place: string): string {
  const colon = place.lastIndexOf(":");
  if (colon < 0) return place;
  return place.startsWith("[") ? place.substring(1, colon - 1) : place.substring(0, colon);
}
