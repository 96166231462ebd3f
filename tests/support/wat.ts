import { Worker } from "node:worker_threads";

interface Waiting {
  resolve(answer: Uint8Array | string): void;
  reject(error: Error): void;
}

const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let lastId = 0;

function start(): Worker {
  const started = new Worker(new URL("wat-worker.mjs", import.meta.url), { execArgv: [] });
  started.on("message", ({ id, answer }: { id: number; answer: Uint8Array | string }) => {
    waiting.get(id)?.resolve(answer);
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

function ask(question: { text: string } | { bytes: Uint8Array }): Promise<Uint8Array | string> {
  const running = (worker ??= start());
  running.ref();
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    running.postMessage({ id, ...question });
  });
}

/** The binary of a module written as text. */
export const wat = (text: string): Promise<Uint8Array> => ask({ text }) as Promise<Uint8Array>;

/** The text of a module, a line for each import, export and function's head. */
export const textOf = (bytes: Uint8Array): Promise<string> => ask({ bytes }) as Promise<string>;

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
