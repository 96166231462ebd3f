export * from "@solo-io/proxy-runtime/proxy";
import {
  Context,
  FilterHeadersStatusValues,
  GrpcStatusValues,
  HeaderPair,
  Headers,
  RootContext,
  registerRootContext,
  send_local_response,
  stream_context,
} from "@solo-io/proxy-runtime";
import { BufferTypeValues, get_buffer_bytes } from "@solo-io/proxy-runtime/runtime";
import { decodeBase64 } from "./base64";

/** There is no reader of JSON for this compiler: what the configuration says in quotes, without escapes, in its order. */
function quoted(text: string): string[] {
  const found: string[] = [];
  let begin = text.indexOf('"');
  while (begin >= 0) {
    const end = text.indexOf('"', begin + 1);
    if (end < 0) break;
    found.push(text.substring(begin + 1, end));
    begin = text.indexOf('"', end + 1);
  }
  return found;
}

class Root extends RootContext {
  users: string[] = [];
  passwords: string[] = [];

  onConfigure(size: u32): bool {
    const words = quoted(String.UTF8.decode(get_buffer_bytes(BufferTypeValues.PluginConfiguration, 0, size)));
    for (let i = 0; i + 1 < words.length; i++) {
      if (words[i] == "name") this.users.push(words[i + 1]);
      if (words[i] == "password") this.passwords.push(words[i + 1]);
    }
    return this.users.length == this.passwords.length;
  }

  createContext(id: u32): Context {
    return new Stream(id, this);
  }

  /** The user whom the field names with the right password; an empty text for any other field. */
  userIn(field: string): string {
    if (!field.startsWith("Basic ")) return "";
    const pair = decodeBase64(field.substring(6));
    const colon = pair.indexOf(":");
    if (colon < 0) return "";
    const name = pair.substring(0, colon);
    const password = pair.substring(colon + 1);
    for (let i = 0; i < this.users.length; i++) {
      if (this.users[i] == name && this.passwords[i] == password) return name;
    }
    return "";
  }
}

class Stream extends Context {
  root: Root;

  constructor(id: u32, root: Root) {
    super(id, root);
    this.root = root;
  }

  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    const user = this.root.userIn(stream_context.headers.request.get("authorization"));
    if (user == "") {
      const challenge: Headers = [
        new HeaderPair(String.UTF8.encode("www-authenticate"), String.UTF8.encode('Basic realm="bench"')),
      ];
      const body = String.UTF8.encode("unauthorized");
      send_local_response(401, "", body, challenge, GrpcStatusValues.InvalidCode);
      return FilterHeadersStatusValues.StopIteration;
    }
    stream_context.headers.request.replace("x-user", user);
    return FilterHeadersStatusValues.Continue;
  }
}

registerRootContext((id: u32) => new Root(id) as RootContext, "bench");
