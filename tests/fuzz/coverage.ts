import { textOf, wat } from "../support/wat.js";

/** The blocks of a module, by number. */
export interface Blocks {
  count: number;
  /** The functions: which blocks they have, from the first to before the last, and which functions they call. */
  functions: Record<string, { first: number; last: number; calls: string[] }>;
  /** The functions that are exported. */
  exports: Record<string, string>;
  /** Those that are called by their number in a table. */
  inTable: string[];
}

/** A module that notes which of its blocks ran. */
export interface Covered {
  bytes: Uint8Array;
  blocks: Blocks;
}

/** In a global, 32 blocks; and how many were reached so far, which tells after each call whether any was new. */
const GLOBAL = "cov";
const REACHED = "cov.reached";

/** Forms whose children are instructions one after the other. */
const lists = new Set(["func", "block", "loop", "then", "else"]);

/**
 * Puts a note at the begin of every function, branch and loop, and wherever code goes on after it may have branched.
 * The notes are kept in globals, so that nothing of the module's memory lies elsewhere than it did.
 */
export async function cover(module: Uint8Array): Promise<Covered> {
  const { lines, blocks } = withNotes((await textOf(module)).trimEnd().split("\n"));
  const globals = Array.from({ length: Math.ceil(blocks.count / 32) }, (_, i) => [
    ` (global $${GLOBAL}.${i} (mut i32) (i32.const 0))`,
    ` (export "${GLOBAL}.${i}" (global $${GLOBAL}.${i}))`,
  ]).flat();
  const own = [
    ` (global $${REACHED} (mut i32) (i32.const 0))`,
    ` (export "${REACHED}" (global $${REACHED}))`,
  ];
  lines.splice(lines.length - 1, 0, ...own, ...globals);
  return { bytes: await wat(lines.join("\n")), blocks };
}

/** How many blocks of a module ran. */
export function reachedOf(instance: Record<string, unknown>): () => number {
  const reached = instance[REACHED] as WebAssembly.Global;
  return () => reached.value as number;
}

/** Which blocks of a module ran, 32 to a number; for what is put together of several instances. */
export function reachedBits(instance: Record<string, unknown>, blocks: Blocks): Uint32Array {
  const bits = new Uint32Array(Math.ceil(blocks.count / 32));
  return bits.map((_, i) => (instance[`${GLOBAL}.${i}`] as WebAssembly.Global).value as number);
}

/** Lets an instance go on with the notes of another of the same module, whose place it takes. */
export function goOnFrom(before: Record<string, unknown>, instance: Record<string, unknown>): void {
  for (const [name, noted] of Object.entries(before)) {
    if (name === REACHED || name.startsWith(`${GLOBAL}.`))
      (instance[name] as WebAssembly.Global).value = (noted as WebAssembly.Global).value as number;
  }
}

/** The blocks that an export can come to. */
export function blocksOf(blocks: Blocks, name: string): number[] {
  const found: number[] = [];
  const seen = new Set<string>();
  const ahead = [blocks.exports[name] ?? ""];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    const known = blocks.functions[next];
    if (known === undefined || seen.has(next)) continue;
    seen.add(next);
    for (let block = known.first; block < known.last; block++) found.push(block);
    ahead.push(...known.calls.flatMap((called) => (called === "*" ? blocks.inTable : [called])));
  }
  return found;
}

/** How many of these blocks are among those that ran. */
export function countReached(bits: Uint32Array, blocks: number[]): number {
  return blocks.filter((block) => ((bits[block >> 5]! >>> (block & 31)) & 1) === 1).length;
}

function note(block: number): string {
  const global = `$${GLOBAL}.${block >> 5}`;
  const bit = `(i32.const ${1 << (block & 31)})`;
  return (
    `(if (i32.eqz (i32.and (global.get ${global}) ${bit})) (then ` +
    `(global.set ${global} (i32.or (global.get ${global}) ${bit})) ` +
    `(global.set $${REACHED} (i32.add (global.get $${REACHED}) (i32.const 1)))))`
  );
}

interface Form {
  head: string;
  /** Whether it is one of a list's instructions and has no value. */
  statement: boolean;
  /** Of an `if`: whether it has an `else`. */
  hasElse: boolean;
  /** Whether code that comes next in the list may be reached in another way than what came before. */
  branches: boolean;
}

/** Binaryen writes one form to a line, or its begin and its end on lines of their own. */
function withNotes(text: string[]): { lines: string[]; blocks: Blocks } {
  const lines: string[] = [];
  const open: Form[] = [];
  const blocks: Blocks = { count: 0, functions: {}, exports: {}, inTable: [] };
  let current = { first: 0, last: 0, calls: [] as string[] };
  let inHead = false;
  const next = () => {
    current.last = blocks.count + 1;
    return note(blocks.count++);
  };
  for (const line of text) {
    const trimmed = line.trimStart();
    if (inHead && !/^\((?:local|param|result|type) /.test(trimmed)) {
      inHead = false;
      lines.push(next());
    }
    const parent = open.at(-1);
    if (trimmed === ")") {
      const closed = open.pop();
      const around = open.at(-1);
      if (closed?.head === "if" && closed.statement && !closed.hasElse) lines.push(`(else ${next()})`);
      if (closed?.head === "else" && around !== undefined) around.hasElse = true;
      lines.push(line);
      if (around !== undefined && closed?.statement)
        around.branches = ["if", "block", "br_if"].includes(closed.head);
      continue;
    }
    const head = /^\(([^\s()]+)/.exec(trimmed)?.[1] ?? "";
    const inList = parent !== undefined && lists.has(parent.head);
    if (inList && parent.branches) {
      parent.branches = false;
      lines.push(next());
    }
    lines.push(line);
    const [, form, name] = /^\((\w+)(?: "([^"]*)" \(func)? (\$[^\s()]+)/.exec(trimmed)?.slice(0, 4) ?? [];
    const named = /\$[^\s()]+/.exec(trimmed)?.[0] ?? "";
    if (form === "export" && name !== undefined) blocks.exports[name] = named;
    else if (form === "func") {
      current = { first: blocks.count, last: blocks.count, calls: [] };
      blocks.functions[named] = current;
    } else if (head === "call") current.calls.push(named);
    else if (head === "call_indirect") current.calls.push("*");
    else if (head === "elem") blocks.inTable.push(...(trimmed.slice(6).match(/\$[^\s()]+/g) ?? []));
    if (isWhole(trimmed)) continue;
    const statement = inList && !trimmed.includes("(result");
    open.push({ head, statement, hasElse: false, branches: false });
    if (head === "func") inHead = true;
    if (head === "then" || head === "else" || head === "loop") lines.push(next());
  }
  return { lines, blocks };
}

/** Whether a form ends on the line that it begins on. */
function isWhole(line: string): boolean {
  if (line.startsWith("(data ") || line.startsWith(";;") || line.startsWith("(elem ")) return true;
  let depth = 0;
  for (const character of line.replace(/"(?:[^"\\]|\\.)*"/g, "")) {
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
  }
  return depth === 0;
}
