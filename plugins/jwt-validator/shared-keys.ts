import { SharedValue, Slice, copyOf, dataOf, sharedData, sizeOf, slice, sliceOf } from "as-proxy-wasm";
import { FetchState } from "./fetch-state";

/** The layout of what lies in shared data. Another one has another number, so that old and new plugins do not meet. */
const LAYOUT = ":jwks:1:";

const STAMP_SIZE: usize = 8;

/**
 * A set of keys as the VMs of a proxy share it: two values for each set that is fetched, its text and how far fetching
 * is. Nothing a request says makes another.
 */
@final
export class SharedKeys {
  private readonly stateKey: string;
  private readonly textKey: string;
  private before: SharedValue | null = null;

  /** `source` names the set: where it is fetched, and through what. */
  constructor(pluginName: string, source: string) {
    this.stateKey = pluginName + LAYOUT + "state:" + source;
    this.textKey = pluginName + LAYOUT + "text:" + source;
  }

  /** How far fetching is. */
  read(): FetchState {
    const value = sharedData.read(this.stateKey);
    this.before = value;
    return FetchState.of(value === null ? null : value.bytes);
  }

  /** Says how far it is now. False when it has changed since it was read. */
  change(state: FetchState): bool {
    return sharedData.setIf(this.stateKey, state.bytes(), this.before);
  }

  /** The text of the set; empty where there is none. */
  text(): Uint8Array {
    const value = sharedData.read(this.textKey);
    if (value === null || <usize>value.bytes.length < STAMP_SIZE) return new Uint8Array(0);
    const bytes = sliceOf(value.bytes);
    return copyOf(slice(dataOf(bytes) + STAMP_SIZE, sizeOf(bytes) - STAMP_SIZE));
  }

  /** Puts another text in its place, which was asked for then. */
  setText(text: Slice, begunAt: u64): void {
    const bytes = new Uint8Array(<i32>(STAMP_SIZE + sizeOf(text)));
    store<u64>(bytes.dataStart, begunAt);
    memory.copy(bytes.dataStart + STAMP_SIZE, dataOf(text), sizeOf(text));
    sharedData.setBytes(this.textKey, bytes);
  }
}
