import {
  CallFailure,
  Config,
  HeadersAction,
  HttpCallHandler,
  HttpCallResponse,
  HttpContext,
  RootContext,
  log,
  register,
} from "as-proxy-wasm";
import { Verdict, verdictOn } from "./verdict";

/** Asks a service about every request, and lets those go on that it allows. */
class AuthCallout extends RootContext {
  cluster: string = "";
  path: string = "";
  timeoutMs: u32 = 0;

  onConfigure(config: Config): bool {
    this.cluster = config.requiredString("auth_cluster");
    this.path = config.string("auth_path", "/");
    if (!this.path.startsWith("/")) config.problem("auth_path", "expected a path that begins with /");
    this.timeoutMs = <u32>config.integer("timeout_ms", 1000, 1, 60000);
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new AuthCalloutStream(this);
  }
}

class AuthCalloutStream extends HttpContext {
  constructor(private plugin: AuthCallout) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const failure = this.dispatchHttpCall(
      this.plugin.cluster,
      { headers: this.question(), timeoutMs: this.plugin.timeoutMs },
      new Answer(this),
    );
    if (failure == CallFailure.None) return HeadersAction.PauseAll;
    log.error("the service cannot be asked: is there a cluster " + this.plugin.cluster + "?");
    this.decide(Verdict.Unavailable);
    return HeadersAction.PauseAll;
  }

  decide(verdict: Verdict): void {
    if (verdict == Verdict.Allowed) {
      this.request.resume();
    } else if (verdict == Verdict.Unauthenticated) {
      this.sendLocalReply(401, "Who are you?\n", [["content-type", "text/plain"]]);
    } else if (verdict == Verdict.Denied) {
      this.sendLocalReply(403, "Not for you\n", [["content-type", "text/plain"]]);
    } else {
      this.sendLocalReply(503, "Nobody can say who you are\n", [["content-type", "text/plain"]]);
    }
  }

  /** What the service is asked: the request's method and path, and who the client says that it is. */
  private question(): string[][] {
    const headers = this.request.headers;
    const question: string[][] = [
      [":method", "GET"],
      [":path", this.plugin.path],
      [":authority", this.plugin.cluster],
    ];
    const names: string[] = [":method", ":path", "authorization"];
    const askedAs: string[] = ["x-forwarded-method", "x-forwarded-uri", "authorization"];
    for (let i = 0; i < names.length; i++) {
      const value = headers.get(names[i]);
      if (value !== null) question.push([askedAs[i], value]);
    }
    return question;
  }
}

/** Hears what the service says. AssemblyScript has no closures: what the answer needs is kept in fields. */
class Answer extends HttpCallHandler {
  constructor(private stream: AuthCalloutStream) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    const verdict = verdictOn(response.status);
    if (verdict == Verdict.Unavailable) log.warn("the service " + describe(response));
    this.stream.decide(verdict);
  }
}

function describe(response: HttpCallResponse): string {
  const failure = response.failure;
  return failure.length == 0 ? "answered with " + response.status.toString() : failure;
}

register("auth-callout", () => new AuthCallout());
