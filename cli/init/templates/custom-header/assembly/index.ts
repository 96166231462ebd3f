import {
  Config,
  HeadersAction,
  HttpContext,
  RootContext,
  isFieldNameText,
  isFieldValueText,
  register,
} from "as-proxy-wasm";
import { StatusSet } from "./status-set";

/** Sets a header of responses that have one of the listed statuses. */
class CustomHeader extends RootContext {
  name: string = "";
  value: string = "";
  statuses: StatusSet = new StatusSet();

  onConfigure(config: Config): bool {
    this.name = config.requiredString("header_name");
    if (!isFieldNameText(this.name)) config.problem("header_name", "expected the name of a header field");
    this.value = config.requiredString("header_value");
    if (!isFieldValueText(this.value)) {
      config.problem("header_value", "must not have control characters in it");
    }
    const statuses = new StatusSet();
    const texts = config.strings("statuses");
    for (let i = 0; i < texts.length; i++) {
      if (!statuses.add(texts[i])) config.problem("statuses", "expected statuses such as 404 or 5xx");
    }
    this.statuses = statuses;
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new CustomHeaderStream(this);
  }
}

class CustomHeaderStream extends HttpContext {
  constructor(private plugin: CustomHeader) {
    super();
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const headers = this.response.headers;
    const status = headers.number(":status");
    if (this.plugin.statuses.has(status)) headers.set(this.plugin.name, this.plugin.value);
    return HeadersAction.Continue;
  }
}

register("custom-header", () => new CustomHeader());
