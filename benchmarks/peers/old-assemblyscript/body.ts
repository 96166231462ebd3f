export * from "@solo-io/proxy-runtime/proxy";
import {
  Context,
  FilterDataStatusValues,
  FilterHeadersStatusValues,
  RootContext,
  registerRootContext,
  stream_context,
} from "@solo-io/proxy-runtime";
import { BufferTypeValues, get_buffer_bytes } from "@solo-io/proxy-runtime/runtime";
import { setBody } from "./set-body";

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Stream(id, this);
  }
}

class Stream extends Context {
  onResponseHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.response.remove("content-length");
    return FilterHeadersStatusValues.Continue;
  }

  onResponseBody(size: usize, end: bool): FilterDataStatusValues {
    if (!end) return FilterDataStatusValues.StopIterationAndBuffer;
    const type = BufferTypeValues.HttpResponseBody;
    const text = String.UTF8.decode(get_buffer_bytes(type, 0, <u32>size));
    const changed = text.split("internal.example").join("public.example.com");
    setBody(type, <u32>size, String.UTF8.encode(changed));
    return FilterDataStatusValues.Continue;
  }
}

registerRootContext((id: u32) => new Root(id) as RootContext, "bench");
