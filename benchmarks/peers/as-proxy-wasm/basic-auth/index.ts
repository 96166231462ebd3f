import {
  Config,
  HeadersAction,
  HttpContext,
  RootContext,
  base64Bytes,
  register,
  utf8Text,
} from "as-proxy-wasm";

class BasicAuth extends RootContext {
  users: string[] = [];
  passwords: string[] = [];

  onConfigure(config: Config): bool {
    const entries = config.objects("users");
    for (let i = 0; i < entries.length; i++) {
      this.users.push(entries[i].requiredString("name"));
      this.passwords.push(entries[i].requiredString("password"));
    }
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new BasicAuthStream(this);
  }

  /** The user whom the field names with the right password; null for any other field. */
  userIn(field: string): string | null {
    if (!field.startsWith("Basic ")) return null;
    const bytes = base64Bytes(field.substring(6));
    if (bytes === null) return null;
    const pair = utf8Text(bytes);
    const colon = pair.indexOf(":");
    if (colon < 0) return null;
    const name = pair.substring(0, colon);
    const password = pair.substring(colon + 1);
    for (let i = 0; i < this.users.length; i++) {
      if (this.users[i] == name && this.passwords[i] == password) return name;
    }
    return null;
  }
}

class BasicAuthStream extends HttpContext {
  constructor(private plugin: BasicAuth) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const field = this.request.headers.get("authorization");
    const user = field !== null ? this.plugin.userIn(field) : null;
    if (user === null) {
      this.sendLocalReply(401, "unauthorized", [["www-authenticate", 'Basic realm="bench"']]);
      return HeadersAction.Pause;
    }
    this.request.headers.set("x-user", user);
    return HeadersAction.Continue;
  }
}

register("bench", () => new BasicAuth());
