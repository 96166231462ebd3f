import type { Vm } from "../vm.js";
import { Access, type Hostcalls } from "./access.js";
import { bufferCalls } from "./buffers.js";
import { calloutCalls } from "./callouts.js";
import { generalCalls } from "./general.js";
import { grpcCalls } from "./grpc.js";
import { headerCalls } from "./headers.js";
import { metricCalls } from "./metrics.js";
import { propertyCalls } from "./properties.js";
import { sharedCalls } from "./shared.js";
import { streamCalls } from "./streams.js";

/** Every hostcall of the ABI, with the statuses that Envoy gives. (cpp-host, `src/exports.cc`; Envoy, `context.cc`) */
export function hostcalls(vm: Vm): Hostcalls {
  const access = new Access(vm);
  return {
    ...generalCalls(access),
    ...bufferCalls(access),
    ...headerCalls(access),
    ...streamCalls(access),
    ...calloutCalls(access),
    ...grpcCalls(access),
    ...sharedCalls(access),
    ...metricCalls(access),
    ...propertyCalls(access),
  };
}
