import binaryen from "binaryen";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface BurnerOptions {
  /** What it does on a request's headers, in text format, in the place of burning. */
  onHeaders?: string;
  /** What else the module has. */
  more?: string;
}

/** A module that does nothing on a request's headers but count to `turns`. */
export function burner(turns: number, { onHeaders = burning, more = "" }: BurnerOptions = {}): Uint8Array {
  const module = binaryen.parseText(`(module
    ${more}
    (memory (export "memory") 1)
    (global $x (mut i32) (i32.const 1))
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
    (func (export "proxy_on_context_create") (param i32 i32))
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
    (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (local $turns i32)
      (local.set $turns (i32.const ${turns}))
      ${onHeaders}
      (i32.const 0)))`);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** Each turn needs what the one before it made: there is nothing to leave out or to do at the same time. */
const burning = `
      (block $done
        (loop $again
          (br_if $done (i32.eqz (local.get $turns)))
          (global.set $x (i32.xor (i32.mul (global.get $x) (i32.const 1664525)) (i32.shr_u (global.get $x) (i32.const 7))))
          (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
          (br $again)))`;

/** Writes a module that burns into a folder, and gives back its file. */
export async function writeBurner(
  folder: string,
  name: string,
  turns: number,
  options?: BurnerOptions,
): Promise<string> {
  const file = join(folder, `${name}.wasm`);
  await writeFile(file, burner(turns, options));
  return file;
}

export const trapping: BurnerOptions = { onHeaders: "(unreachable)" };
