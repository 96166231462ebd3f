import { callbacks, hostcalls, since021, wasiCalls } from "../../host/abi.js";
import { Status } from "../../host/enums.js";
import { join } from "node:path";
import ts from "typescript";
import { answeredStatuses, commentOf, treesOf, wrappedCalls } from "./docs-abi-source.js";
import { cell, codeCell, table } from "./docs-markdown.js";
import type { Page } from "./docs-reference.js";

/** What modules of other compilers import beside the ABI: the SDK has no use for it. */
const ofOthers = new Set(["pthread_equal", "emscripten_notify_memory_growth"]);

/** Functions that a host calls for what happens; what else it looks for starts a module, or marks its version. */
const isCallback = (name: string) => /^(proxy|envoy)_(on|validate)_/.test(name);

/**
 * The page of hostcalls, callbacks and statuses. Types and names are the embedded host's, meanings those of the SDK's
 * comments, and statuses those of both. Throws where a hostcall, a callback or a status has nobody who says what it means.
 */
export async function abiPage(): Promise<Page> {
  const told = [...callbacks].filter(([name]) => isCallback(name));
  const others = [...callbacks].filter(([name]) => !isCallback(name));
  // What takes longest comes last: a fault is told at once.
  const [callbackTable, statusTable] = [await callbackRows(told), await statusRows()];
  const text = `# Hostcalls, callbacks and statuses

The ABI is proxy-wasm 0.2.1. Plugins do not need it: the SDK has each call as a method, and each callback as one to
override. It is here for those who read a trace or another SDK.

## Hostcalls

What a module can import from \`env\`. ${[...since021].map((name) => `\`${name}\``).join(", ")} is in 0.2.1 alone. Each
answers one of its [statuses](#statuses), as Envoy does; \`host...()\` in the meanings is how the SDK reads what was written to the
addresses that are named \`...Out\`.

${table(["hostcall", "parameters", "what it does", "answers"], await hostcallRows())}

## WASI

What every host offers of \`wasi_snapshot_preview1\`.

${table(["function", "type"], typed([...wasiCalls]))}

## Callbacks

What a module can export. A module of this SDK exports those that the plugin overrides, and no others.

${table(["callback", "type", "in the SDK", "what it tells"], callbackTable)}

What else a host looks for in a module:

${table(["export", "type"], typed(others))}

## Statuses

What hostcalls answer.

${table(["number", "name", "meaning"], statusTable)}
`;
  return { path: "abi.md", text };
}

const typed = (named: [name: string, type: string][]) =>
  named.map(([name, type]) => [codeCell(name), codeCell(type)]);

async function hostcallRows(): Promise<string[][]> {
  const wrapped = await wrappedCalls();
  for (const name of hostcalls.keys())
    if (!ofOthers.has(name) && !wrapped.has(name))
      throw new Error(`the SDK has no import of the hostcall ${name}`);
  const answered = await answeredStatuses();
  return [...hostcalls].map(([name, type]) => {
    if (ofOthers.has(name)) return [codeCell(name), codeCell(type), "For modules of other compilers.", ""];
    const { parameters, meaning } = wrapped.get(name)!;
    const statuses = statusesOf(name, meaning, answered.get(name) ?? new Set());
    const inWords = parameters.map((parameter) => codeCell(parameter)).join(", ");
    return [codeCell(name), inWords, cell(meaning), statuses.map((each) => codeCell(each)).join(", ")];
  });
}

/** Those that the embedded host answers, and those that the SDK's comment names besides. */
function statusesOf(name: string, meaning: string, answered: ReadonlySet<string>): string[] {
  if (answered.size === 0) throw new Error(`the embedded host answers no status to ${name}`);
  const all = Object.values(Status).filter((each): each is string => typeof each === "string");
  return all.filter((each) => each === "Ok" || answered.has(each) || meaning.includes(`\`${each}\``));
}

/** Which methods say in their comments that they are of a callback, and what the first of them says of it. */
async function callbackRows(told: [name: string, type: string][]): Promise<string[][]> {
  const users = await methodsWithComments();
  return told.map(([name, type]) => {
    const mine = users.filter(({ comment }) => comment.includes(`\`${name}\``));
    if (mine.length === 0) throw new Error(`no comment in assembly/ tells of the callback ${name}`);
    const names = [...new Set(mine.map(({ method }) => method))].map((method) => codeCell(method));
    const meaning = mine[0]!.comment.replace(/ \(.*\)$/, "");
    return [codeCell(name), codeCell(type), names.join(", "), cell(firstSentence(meaning))];
  });
}

const firstSentence = (text: string) => /^.*?[.:](?= [A-Z`]|$)/.exec(text)?.[0] ?? text;

async function methodsWithComments(): Promise<{ method: string; comment: string }[]> {
  const found: { method: string; comment: string }[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) && node.name !== undefined)
      found.push({ method: node.name.getText(), comment: commentOf(node) });
    ts.forEachChild(node, visit);
  };
  const trees = await treesOf("assembly");
  trees.filter(({ fileName }) => !fileName.startsWith(join("assembly", "abi"))).forEach(visit);
  return found;
}

async function statusRows(): Promise<string[][]> {
  const trees = await treesOf(join("assembly", "abi"));
  const all = trees.flatMap(({ statements }) => statements.filter(ts.isEnumDeclaration));
  const { members } = all.find(({ name }) => name.text === "Status")!;
  return members.map((member) => {
    const [name, meaning] = [member.name.getText(), commentOf(member)];
    if (meaning === "") throw new Error(`Status.${name} has no comment`);
    return [member.initializer!.getText(), codeCell(name), cell(meaning)];
  });
}
