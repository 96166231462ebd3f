import {
  Config,
  HeadersAction,
  HttpContext,
  NO_HEADER,
  RootContext,
  Slice,
  beginsWith,
  dataOf,
  decodeBase64,
  equalBytes,
  register,
  sizeOf,
  slice,
  sliceOf,
  utf8Bytes,
  utf8Slice,
} from "as-proxy-wasm";

class User {
  constructor(
    readonly name: Uint8Array,
    readonly password: Uint8Array,
  ) {}
}

class BasicAuth extends RootContext {
  private users: User[] = [];

  onConfigure(config: Config): bool {
    const entries = config.objects("users");
    for (let i = 0; i < entries.length; i++) {
      const name = utf8Bytes(entries[i].requiredString("name"));
      this.users.push(new User(name, utf8Bytes(entries[i].requiredString("password"))));
    }
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new BasicAuthStream(this);
  }

  /** The user whom the field names with the right password; null for any other field. */
  userIn(field: Slice): User | null {
    const scheme = utf8Slice("Basic ");
    if (!beginsWith(field, scheme)) return null;
    const size = sizeOf(scheme);
    const pair = decodeBase64(slice(dataOf(field) + size, sizeOf(field) - size));
    if (pair === null) return null;
    const colon = pair.indexOf(COLON);
    if (colon < 0) return null;
    const name = slice(pair.dataStart, colon);
    const password = slice(pair.dataStart + colon + 1, pair.length - colon - 1);
    for (let i = 0; i < this.users.length; i++) {
      const user = this.users[i];
      if (equalBytes(sliceOf(user.name), name) && equalBytes(sliceOf(user.password), password)) return user;
    }
    return null;
  }
}

const COLON: u8 = 0x3a;

class BasicAuthStream extends HttpContext {
  constructor(private plugin: BasicAuth) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const field = this.request.headers.view("authorization");
    const user = field != NO_HEADER ? this.plugin.userIn(field) : null;
    if (user === null) {
      this.sendLocalReply(401, "unauthorized", [["www-authenticate", 'Basic realm="bench"']]);
      return HeadersAction.Pause;
    }
    this.request.headers.setBytes("x-user", user.name);
    return HeadersAction.Continue;
  }
}

register("bench", () => new BasicAuth());
