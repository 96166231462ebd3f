import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { inspect as readModule, type WasmModule } from "../host/module.js";

/** A module as it lies on the disk: what hosts see of it, and what travels. */
export interface ModuleFile extends WasmModule {
  size: number;
  gzipSize: number;
  sha256: string;
}

/** Reads a binary's sections. Throws with a sentence when the bytes are not a WebAssembly module. */
export function inspect(bytes: Uint8Array): ModuleFile {
  return {
    ...readModule(bytes),
    size: bytes.length,
    gzipSize: gzipSync(bytes, { level: 9 }).length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}
