export * from "@solo-io/proxy-runtime/proxy";
import {
  Context,
  FilterHeadersStatusValues,
  RootContext,
  registerRootContext,
  stream_context,
} from "@solo-io/proxy-runtime";
import { countUp } from "./shared";

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Stream(id, this);
  }
}

const key = String.UTF8.encode("bench.requests");

class Stream extends Context {
  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.request.replace("x-count", countUp(key).toString());
    return FilterHeadersStatusValues.Continue;
  }
}

registerRootContext((id: u32) => new Root(id) as RootContext, "bench");
