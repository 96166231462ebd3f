export * from "@solo-io/proxy-runtime/proxy";
import {
  Context,
  FilterHeadersStatusValues,
  HeaderPair,
  RootContext,
  WasmResultValues,
  continue_request,
  registerRootContext,
  stream_context,
} from "@solo-io/proxy-runtime";

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Stream(id, this);
  }
}

function pair(name: string, value: string): HeaderPair {
  return new HeaderPair(String.UTF8.encode(name), String.UTF8.encode(value));
}

class Stream extends Context {
  root: Root;

  constructor(id: u32, root: Root) {
    super(id, root);
    this.root = root;
  }

  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    const status = this.root.httpCall(
      "service",
      [pair(":method", "GET"), pair(":path", "/check"), pair(":authority", "service")],
      new ArrayBuffer(0),
      [],
      1000,
      this,
      (origin: Context, headers: u32, size: usize, trailers: u32): void => {
        const status = stream_context.headers.http_callback.get(":status");
        if (status == "") stream_context.headers.request.replace("x-call", "failed");
        else stream_context.headers.request.replace("x-call", status);
        continue_request();
      },
    );
    if (status == WasmResultValues.Ok) return FilterHeadersStatusValues.StopIteration;
    stream_context.headers.request.replace("x-call", "failed");
    return FilterHeadersStatusValues.Continue;
  }
}

registerRootContext((id: u32) => new Root(id) as RootContext, "bench");
