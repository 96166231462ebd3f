import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../root.js";

/** The files of a folder, and of the folders in it, as trees. */
export async function treesOf(folder: string): Promise<ts.SourceFile[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return Promise.all(
    names
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map(async (name) => {
        const path = join(folder, name);
        const text = await readFile(join(root, path), "utf8");
        return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      }),
  );
}

/** The comment before a declaration, in one line. */
export function commentOf(node: ts.Node): string {
  const text = node.getSourceFile().text;
  const comments = (ts.getLeadingCommentRanges(text, node.pos) ?? [])
    .map(({ pos, end }) => text.slice(pos, end))
    .filter((each) => each.startsWith("/**"));
  return (comments.at(-1) ?? "")
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** What the SDK has of a hostcall: the import, and the one function above it. */
export interface Wrapped {
  /** Its parameters, as `map: HeaderMapType, name: usize`. */
  parameters: string[];
  /** What the wrapper's comment says. */
  meaning: string;
  /** The wrapper's name. */
  wrapper: string;
}

/** The hostcalls that the SDK imports, each with its wrapper, which is the function that calls it. */
export async function wrappedCalls(): Promise<Map<string, Wrapped>> {
  const found = new Map<string, Wrapped>();
  for (const tree of await treesOf(join("assembly", "abi"))) {
    const functions = tree.statements.filter(ts.isFunctionDeclaration);
    for (const declared of functions.filter(({ body }) => body === undefined)) {
      const name = declared.name!.text;
      const wrapper = functions.find(({ body }) => body !== undefined && calls(body, name));
      if (wrapper === undefined)
        throw new Error(`${tree.fileName} imports ${name}, and nothing there calls it`);
      const meaning = commentOf(wrapper);
      if (meaning === "") throw new Error(`${wrapper.name!.text} in ${tree.fileName} has no comment`);
      const parameters = declared.parameters.map((each) => each.getText());
      found.set(name, { parameters, meaning, wrapper: wrapper.name!.text });
    }
  }
  return found;
}

function calls(node: ts.Node, name: string): boolean {
  if (ts.isCallExpression(node) && node.expression.getText() === name) return true;
  return ts.forEachChild(node, (child) => calls(child, name) || undefined) ?? false;
}

/**
 * The statuses that each hostcall answers, in the embedded host, which is held to Envoy's: those that it names, and those
 * of the functions that it calls.
 */
export async function answeredStatuses(): Promise<Map<string, Set<string>>> {
  const names = await readdir(join(root, "host"), { recursive: true });
  const files = names.filter((name) => name.endsWith(".ts")).map((name) => join(root, "host", name));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
  });
  const trees = program.getSourceFiles().filter(({ fileName }) => files.includes(fileName));
  return new StatusReader(program.getTypeChecker(), trees).read();
}

class StatusReader {
  private readonly hostcalls = new Map<string, ts.Node>();
  /** Methods of classes, for calls of what an interface declares. */
  private readonly methods = new Map<string, ts.Node[]>();

  constructor(
    private readonly checker: ts.TypeChecker,
    trees: readonly ts.SourceFile[],
  ) {
    for (const tree of trees) this.collect(tree);
  }

  read(): Map<string, Set<string>> {
    return new Map([...this.hostcalls].map(([name, node]) => [name, this.statusesIn(node, new Set())]));
  }

  private collect(node: ts.Node): void {
    const name = (node as ts.NamedDeclaration).name?.getText();
    if (name !== undefined && ts.isPropertyAssignment(node) && /^(proxy|envoy)_/.test(name))
      this.hostcalls.set(name, node);
    if (name !== undefined && ts.isMethodDeclaration(node) && node.body !== undefined)
      this.methods.set(name, [...(this.methods.get(name) ?? []), node]);
    ts.forEachChild(node, (child) => this.collect(child));
  }

  private statusesIn(node: ts.Node, seen: Set<ts.Node>): Set<string> {
    const found = new Set<string>();
    const visit = (each: ts.Node): void => {
      const named = ts.isPropertyAccessExpression(each)
        ? /^Status\.(\w+)$/.exec(each.getText())?.[1]
        : undefined;
      if (named !== undefined) found.add(named);
      if (ts.isCallExpression(each))
        for (const body of this.bodiesOf(each)) {
          if (seen.has(body)) continue;
          seen.add(body);
          for (const inner of this.statusesIn(body, seen)) found.add(inner);
        }
      ts.forEachChild(each, visit);
    };
    visit(node);
    return found;
  }

  /** The functions that a call may come to, if what it gives back can be a status. */
  private bodiesOf(call: ts.CallExpression): ts.Node[] {
    const given = this.checker.typeToString(this.checker.getTypeAtLocation(call));
    if (!/\bStatus\b/.test(given)) return [];
    const symbol = this.checker.getSymbolAtLocation(
      ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression,
    );
    return (symbol?.declarations ?? []).flatMap((declared) =>
      (declared as ts.FunctionLikeDeclaration).body !== undefined || ts.isVariableDeclaration(declared)
        ? [declared]
        : (this.methods.get(symbol!.name) ?? []),
    );
  }
}
