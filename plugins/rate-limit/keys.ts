import {
  Config,
  Headers,
  JsonNode,
  JsonType,
  KeyedDigest,
  NO_NODE,
  decodeSlice,
  isFieldNameText,
  lowerCaseText,
  normalizePath,
  properties,
  requestPath,
} from "as-proxy-wasm";
import { hostOfAddress } from "./address";

/** What of a request is a part of its key. */
enum Part {
  RemoteAddress,
  Principal,
  Path,
  Method,
  Global,
  Header,
}

/** The parts as a configuration names them, at the index that `Part` gives them. */
const NAMES: string[] = ["remote_address", "principal", "path", "method", "global"];
const HEADER: string = "header:";
const EXPECTED: string =
  "expected remote_address, principal, path, method, global or header: and the name of a field";

/**
 * A part of the key that requests are counted by. What a request lacks counts as absent: all requests without the header
 * share a key, so that leaving it out gets nobody round the limit.
 */
@final
export class KeyPart {
  private constructor(
    private readonly part: Part,
    /** Of a header its name in lower case. */
    private readonly name: string,
  ) {}

  /** The part of a name; null for one that names none. */
  static parse(name: string): KeyPart | null {
    const part = NAMES.indexOf(name);
    if (part >= 0) return new KeyPart(part, "");
    if (!name.startsWith(HEADER)) return null;
    const header = name.substring(HEADER.length);
    if (header.length == 0 || !isFieldNameText(header)) return null;
    return new KeyPart(Part.Header, lowerCaseText(header));
  }

  /** How a descriptor of a rate limit service calls it. */
  get descriptorKey(): string {
    if (this.part == Part.Header) return this.name;
    return this.part == Part.Global ? "generic_key" : unchecked(NAMES[this.part]);
  }

  /** What a descriptor of a rate limit service says of a request; "" for what the request lacks. */
  descriptorValue(request: Headers): string {
    if (this.part == Part.Global) return "global";
    if (this.part == Part.Path) return decodeSlice(pathOf(request));
    const text = this.text(request);
    return text === null ? "" : text;
  }

  /** Adds what a request has to a key. */
  addTo(key: KeyedDigest, request: Headers): void {
    if (this.part == Part.Global) return;
    if (this.part == Part.Path) return key.add(pathOf(request));
    if (this.part != Part.Header) return key.addText(this.text(request));
    // All fields of the name, joined; as bytes, since text would make one of all that is not UTF-8.
    const value = properties.bytes("request\0headers\0" + this.name);
    if (value === null) key.addAbsent();
    else key.addBytes(value);
  }

  private text(request: Headers): string | null {
    if (this.part == Part.Header) return properties.request.header(this.name);
    if (this.part == Part.Method) return request.get(":method");
    if (this.part == Part.Principal) return principal();
    const address = properties.connection.sourceAddress();
    return address === null ? null : hostOfAddress(address);
  }
}

/** The parts that a configuration's `key_type` names: one, or a list; `otherwise` where it is not there. */
export function readKeyParts(config: Config, otherwise: KeyPart[]): KeyPart[] {
  const node = config.nodeOf("key_type");
  if (node == NO_NODE) return otherwise;
  const parts: KeyPart[] = [];
  const document = config.document;
  if (document.type(node) != JsonType.List) {
    if (config.isA(node, JsonType.String, "a string or a list of strings")) readPart(config, node, parts);
    return parts;
  }
  if (document.count(node) == 0) config.problemAt(node, "must not be empty");
  for (let item = document.first(node); item != NO_NODE; item = document.next(node, item)) {
    if (config.isA(item, JsonType.String, "a string")) readPart(config, item, parts);
  }
  return parts;
}

function readPart(config: Config, node: JsonNode, parts: KeyPart[]): void {
  const part = KeyPart.parse(config.document.asString(node));
  if (part !== null) parts.push(part);
  else config.problemAt(node, EXPECTED);
}

/** The path in the spelling that a server may take it for, without its query: another spelling is no other key. */
function pathOf(request: Headers): u64 {
  return normalizePath(requestPath(request));
}

/** Who the client is by its certificate: in a mesh its SPIFFE identity. */
function principal(): string | null {
  const uri = properties.connection.uriSanPeerCertificate();
  if (uri !== null && uri.length != 0) return uri;
  const subject = properties.connection.subjectPeerCertificate();
  return subject !== null && subject.length != 0 ? subject : null;
}
