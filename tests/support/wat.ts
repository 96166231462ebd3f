import { Worker } from "node:worker_threads";

interface Waiting {
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let lastId = 0;

function start(): Worker {
  const started = new Worker(new URL("wat-worker.mjs", import.meta.url), { execArgv: [] });
  started.on("message", ({ id, bytes }: { id: number; bytes: Uint8Array }) => {
    waiting.get(id)?.resolve(bytes);
    waiting.delete(id);
    if (waiting.size === 0) started.unref();
  });
  started.on("error", (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    worker = undefined;
  });
  return started;
}

/** The binary of a module written as text. */
export function wat(text: string): Promise<Uint8Array> {
  const running = (worker ??= start());
  running.ref();
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    running.postMessage({ id, text });
  });
}

/** What a module needs for a host to load it, in WebAssembly's text format. */
export const loadable = {
  marker: `(func (export "proxy_abi_version_0_2_1"))`,
  memory: `(memory (export "memory") 1)`,
  allocator: `(func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))`,
};

/** A loadable module with these fields more. Imports come first in WebAssembly. */
export function pluginWat(fields = "", imports = ""): Promise<Uint8Array> {
  return wat(`(module ${imports} ${Object.values(loadable).join(" ")} ${fields})`);
}
