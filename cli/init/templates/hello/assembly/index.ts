import { Config, HeadersAction, HttpContext, RootContext, isFieldValueText, register } from "as-proxy-wasm";
import { worldIn } from "./world";

/** The plugin: one for each worker of the proxy. It reads the configuration, and makes a context for each request. */
class Hello extends RootContext {
  greeting: string = "";

  onConfigure(config: Config): bool {
    this.greeting = config.string("greeting", "world");
    if (!isFieldValueText(this.greeting))
      config.problem("greeting", "must not have control characters in it");
    return config.ok(); // logs every problem with its path, and refuses
  }

  createHttpContext(): HttpContext {
    return new HelloStream(this);
  }
}

/** One request and its response. */
class HelloStream extends HttpContext {
  private world: string = "";

  constructor(private plugin: Hello) {
    super();
  }

  /** The request's headers are gone when the response comes: what is needed of them is kept. */
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const languages = this.request.headers.get("accept-language");
    if (languages !== null) this.world = worldIn(languages);
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set("hello", this.world.length == 0 ? this.plugin.greeting : this.world);
    return HeadersAction.Continue;
  }
}

register("hello", () => new Hello());
