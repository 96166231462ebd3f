import { callbacks } from "../../host/abi.js";
import { wat } from "../support/wat.js";

const imported = (name: string, count: number) =>
  `(import "env" "proxy_${name}" (func $${name} (param ${"i32 ".repeat(count)}) (result i32)))`;

const text = `:method\\00POST\\00:path\\00/\\00:authority\\00service\\00`;
const sizes = [3, 7, 4, 5, 1, 10, 7];
/** Three header fields in the form of the ABI, at 64. */
const fields = sizes.map((size) => `\\${size.toString(16).padStart(2, "0")}\\00\\00\\00`).join("") + text;
const fieldsSize = 4 * sizes.length + ":method POST :path / :authority service ".length;

/** What a callback needs to be called at all; streams have theirs by themselves. */
const causes: Record<string, { configure?: string; request?: string }> = {
  tick: { configure: `(drop (call $set_tick_period_milliseconds (i32.const 10)))` },
  http_call_response: {
    configure: `(if (call $http_call (i32.const 8) (i32.const 7) (i32.const 64) (i32.const ${fieldsSize})
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 32)) (then (unreachable)))`,
  },
  grpc_close: {
    configure: `(drop (call $grpc_call (i32.const 16) (i32.const 8) (i32.const 8) (i32.const 7) (i32.const 8)
      (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 32)))`,
  },
  queue_ready: {
    request: `(drop (call $register_shared_queue (i32.const 8) (i32.const 7) (i32.const 32)))
      (drop (call $enqueue_shared_queue (i32.load (i32.const 32)) (i32.const 8) (i32.const 7)))`,
  },
};

/** The callbacks of HTTP filters that Envoy comes to call, but for those of the start. */
export const trapping = [
  ...["context_create", "request_headers", "request_body", "request_trailers"],
  ...["response_headers", "response_body", "response_trailers", "log", "done", "delete"],
  ...Object.keys(causes),
];

/** Whether a callback comes without a request. */
export const isAtOnce = (where: string): boolean => causes[where]?.configure !== undefined;

/** A module that traps whenever a callback runs; the root's own creation is let pass. */
export function trappingIn(where: string): Promise<Uint8Array> {
  const [params = "", result = ""] = callbacks
    .get(`proxy_on_${where}`)!
    .split("->")
    .map((side) => side.trim());
  const { configure = "", request = "" } = causes[where] ?? {};
  const trap = where === "context_create" ? "(if (local.get 1) (then (unreachable)))" : "unreachable";
  return wat(`(module
    ${imported("set_tick_period_milliseconds", 1)} ${imported("http_call", 10)} ${imported("grpc_call", 12)}
    ${imported("register_shared_queue", 3)} ${imported("enqueue_shared_queue", 3)}
    (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32) (i32.const 4096))
    (data (i32.const 8) "service") (data (i32.const 16) "refusing")
    (data (i32.const 64) "${fields}")
    (func (export "proxy_on_configure") (param i32 i32) (result i32) ${configure} (i32.const 1))
    (func (export "proxy_on_${where}") (param ${params}) ${result && "(result i32)"} ${trap})
    ${request && `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) ${request} (i32.const 0))`})`);
}
