import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { callbacks, hostcalls, since021, wasiCalls } from "../../host/abi.js";
import { root } from "../root.js";
import { cell, codeCell, table } from "./docs-markdown.js";
import type { Page } from "./docs-reference.js";

/** The page of hostcalls, callbacks and statuses: types from the embedded host, meanings from the SDK's comments. */
export async function abiPage(): Promise<Page> {
  const users = await usersOf([...hostcalls.keys(), ...callbacks.keys()]);
  const rows = (names: ReadonlyMap<string, string>) =>
    [...names].map(([name, type]) => [
      codeCell(name),
      codeCell(type),
      [...(users.get(name) ?? [])].map((user) => codeCell(user)).join(", "),
    ]);
  const text = `# Hostcalls, callbacks and statuses

The ABI is proxy-wasm 0.2.1. Plugins do not need it: the SDK has each call as a method, and each callback as one to
override. It is here for those who read a trace or another SDK.

## Hostcalls

What a module can import from \`env\`. ${[...since021].map((name) => `\`${name}\``).join(", ")} is in 0.2.1 alone.

${table(["hostcall", "type", "in the SDK"], rows(hostcalls))}

## WASI

What every host offers of \`wasi_snapshot_preview1\`.

${table(
  ["function", "type"],
  [...wasiCalls].map(([name, type]) => [codeCell(name), codeCell(type)]),
)}

## Callbacks

What a module can export. A module of this SDK exports those that the plugin overrides, and no others.

${table(["callback", "type", "in the SDK"], rows(callbacks))}

## Statuses

What hostcalls answer.

${await statuses()}
`;
  return { path: "abi.md", text };
}

/** Which methods and functions say in their comments that they are of a hostcall or a callback. */
async function usersOf(names: string[]): Promise<Map<string, Set<string>>> {
  const users = new Map(names.map((name) => [name, new Set<string>()]));
  const folder = join(root, "assembly");
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !file.startsWith("abi"),
  );
  for (const file of files.sort()) {
    const text = await readFile(join(folder, file), "utf8");
    for (const [, comment, declared] of text.matchAll(
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export |static |abstract |function |get )*(\w+)/g,
    )) {
      for (const name of names) if (comment!.includes(`\`${name}\``)) users.get(name)!.add(declared!);
    }
  }
  return users;
}

async function statuses(): Promise<string> {
  const text = await readFile(join(root, "assembly", "abi", "status.ts"), "utf8");
  const rows = [...text.matchAll(/(?:\/\*\* (.*?) \*\/\s*)?(\w+) = (\d+),/g)].map(
    ([, meaning, name, value]) => [value!, codeCell(name!), cell(meaning ?? "")],
  );
  return table(["number", "name", "meaning"], rows);
}
