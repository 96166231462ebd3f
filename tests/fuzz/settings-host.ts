import { ScriptedHost } from "../host/scripted-host.js";
import { goOnFrom, reachedOf } from "./coverage.js";

/** How many configurations a VM reads before the next one takes its place. */
const READ_BY_ONE = 20_000;
const ERROR = 4;
const [OK, NOT_FOUND] = [0, 1];

/**
 * A host for nothing but configurations, of which a VM reads many, each for a root of its own. What every one of them
 * asks for is answered without the detours that let a test look at it.
 */
export class SettingsHost {
  /** How many lines of level `error` the last configuration brought. */
  errors = 0;
  private host: ScriptedHost;
  private reachedNow: () => number;
  private memory = Buffer.alloc(0);
  private input: Uint8Array = this.memory;
  private read = 0;

  constructor(private readonly module: WebAssembly.Module) {
    this.host = this.begin();
    this.reachedNow = reachedOf(this.host.exports);
  }

  /** The module's exports now, with the notes of all VMs there were. */
  get exports(): Record<string, unknown> {
    return this.host.exports;
  }

  /** How many blocks ran so far. */
  get reached(): number {
    return this.reachedNow();
  }

  get memorySize(): number {
    return this.host.memory.buffer.byteLength;
  }

  /** Whether the plugin takes a configuration. A trap throws. */
  configure(input: Uint8Array): boolean {
    if (this.read === READ_BY_ONE) this.renew();
    const { host } = this;
    this.errors = 0;
    this.read += 1;
    this.input = input;
    const root = host.create();
    const accepted = host.vmStart(root) && host.configure(root, input);
    host.call("proxy_on_done", root);
    host.delete(root);
    host.waiting.clear();
    host.shared.clear();
    host.metrics.length = 0;
    return accepted;
  }

  private renew(): void {
    const before = this.host.exports;
    this.host = this.begin();
    this.reachedNow = reachedOf(this.host.exports);
    goOnFrom(before, this.host.exports);
    this.read = 0;
  }

  private begin(): ScriptedHost {
    const plain = {
      proxy_log: (level: number) => {
        if (level === ERROR) this.errors += 1;
        return OK;
      },
      proxy_get_property: () => NOT_FOUND,
      proxy_get_log_level: (out: number) => this.store(out, 0),
      proxy_get_buffer_bytes: (...[, start, most, data, size]: number[]) =>
        this.give(start!, most!, data!, size!),
    };
    const host = new ScriptedHost(this.module, undefined, plain);
    host.recording = false;
    return host;
  }

  /** A part of the configuration, which is all that a root can ask for. */
  private give(start: number, most: number, data: number, size: number): number {
    const { length } = this.input;
    if (start > length) return this.store(data, 0) + this.store(size, 0);
    const part =
      start === 0 && most >>> 0 >= length ? this.input : this.input.subarray(start, start + (most >>> 0));
    const place = part.length === 0 ? 0 : this.host.exports["proxy_on_memory_allocate"]!(part.length)!;
    this.view.set(part, place);
    this.store(size, part.length);
    return this.store(data, place);
  }

  /** The memory, which moves when it grows. */
  private get view(): Buffer {
    const { buffer } = this.host.memory;
    if (this.memory.buffer !== buffer) this.memory = Buffer.from(buffer);
    return this.memory;
  }

  private store(address: number, value: number): number {
    this.view.writeUInt32LE(value >>> 0, address);
    return OK;
  }
}
