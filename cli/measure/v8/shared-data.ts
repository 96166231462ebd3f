import { Status } from "../../../host/enums.js";
import type { MemoryView } from "./memory-view.js";

interface Entry {
  key: Uint8Array;
  value: Uint8Array;
  version: number;
}

/** Keys and values with their versions, for the few keys that a measurement has. */
export class SharedData {
  private readonly entries: Entry[] = [];
  private version = 0;

  constructor(private readonly memory: MemoryView) {}

  find(key: number, size: number): Entry | undefined {
    for (const entry of this.entries)
      if (entry.key.length === size && this.memory.equals(key, entry.key)) return entry;
    return undefined;
  }

  /** As Envoy does: version 0 is for any, and a key that is not there takes every other. */
  set(key: number, keySize: number, at: number, size: number, version: number): Status {
    const found = this.find(key, keySize);
    if (found === undefined) {
      const [name, value] = [this.memory.copy(key, keySize), this.memory.copy(at, size)];
      this.entries.push({ key: name, value, version: ++this.version });
      return Status.Ok;
    }
    if (version !== 0 && version !== found.version) return Status.CasMismatch;
    if (found.value.length === size) this.memory.read(at, found.value);
    else found.value = this.memory.copy(at, size);
    found.version = ++this.version;
    return Status.Ok;
  }
}
