export * from "@solo-io/proxy-runtime/proxy";
import {
  Context,
  FilterHeadersStatusValues,
  RootContext,
  registerRootContext,
  stream_context,
} from "@solo-io/proxy-runtime";

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Stream(id, this);
  }
}

class Stream extends Context {
  path: string = "";

  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    const headers = stream_context.headers.request;
    const fields = headers.get_headers();
    for (let i = 0; i < fields.length; i++) {
      const name = String.UTF8.decode(fields[i].key);
      if (name.startsWith("x-internal-")) headers.remove(name);
      else if (name == "x-tenant")
        headers.replace("x-forwarded-tenant", "t-" + String.UTF8.decode(fields[i].value));
      else if (name == ":path") this.path = String.UTF8.decode(fields[i].value);
    }
    if (this.path.startsWith("/v1/")) headers.replace(":path", "/api/" + this.path.substring(4));
    return FilterHeadersStatusValues.Continue;
  }

  onResponseHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.response.replace("x-path", this.path);
    return FilterHeadersStatusValues.Continue;
  }
}

registerRootContext((id: u32) => new Root(id) as RootContext, "bench");
