import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../root.js";
import { block, plain } from "./docs-markdown.js";
import type { Page } from "./docs-reference.js";

const assembly = join(root, "assembly");

/** The folders of the SDK as chapters, in the order in which one needs them. */
const chapters: Record<string, string> = {
  context: "Contexts",
  http: "HTTP",
  config: "Configuration and JSON",
  callout: "Callouts",
  state: "State",
  envoy: "Envoy",
  runtime: "Logs, time and bytes",
  text: "Text",
  crypto: "Cryptography",
  jwt: "Tokens",
  abi: "Enums",
};

interface Named {
  /** The name that plugins import. */
  name: string;
  text: string;
}

/** Pages of what `assembly/index.ts` exports, from its declarations and their comments, a page for each folder. */
export async function sdkPages(): Promise<Page[]> {
  const byFolder = new Map<string, Named[]>();
  for (const { name, original, from } of await publicNames()) {
    const found = await declared(original, from);
    if (!found.isExplained) throw new Error(`${name}, which assembly/${from}.ts exports, has no comment`);
    const folder = from.split("/")[0]!;
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), { name, text: found.text }]);
  }
  return Object.entries(chapters).map(([folder, title]) => {
    const names = (byFolder.get(folder) ?? []).sort((a, b) => a.name.localeCompare(b.name));
    const body = names.map(({ name, text }) => `## ${name}\n\n${text}`).join("\n\n");
    return { path: `sdk/${folder}.md`, text: `# ${title}\n\n${body}\n` };
  });
}

/** What the root file exports: under which name, from which file below `assembly/`. */
async function publicNames(): Promise<{ name: string; original: string; from: string }[]> {
  const index = await parse("index");
  return index.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) return [];
    if (!statement.moduleSpecifier || !ts.isNamedExports(statement.exportClause)) return [];
    const from = (statement.moduleSpecifier as ts.StringLiteral).text.replace("./", "");
    return statement.exportClause.elements.map(({ name, propertyName }) => ({
      name: name.text,
      original: (propertyName ?? name).text,
      from,
    }));
  });
}

async function parse(path: string): Promise<ts.SourceFile> {
  const text = await readFile(join(assembly, `${path}.ts`), "utf8");
  return ts.createSourceFile(`${path}.ts`, text, ts.ScriptTarget.Latest, true);
}

/** The declaration of a name, in the file or in one that it takes it from, as Markdown. */
async function declared(name: string, path: string): Promise<{ text: string; isExplained: boolean }> {
  const source = await parse(path);
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier && statement.exportClause) {
      const isIt = source.text.slice(statement.pos, statement.end).includes(name);
      const to = (statement.moduleSpecifier as ts.StringLiteral).text;
      if (isIt) return declared(name, join(path, "..", to));
    }
    if (namesOf(statement).includes(name))
      return { text: told(statement), isExplained: comment(statement) !== "" };
  }
  throw new Error(`assembly/${path}.ts has no ${name}, which assembly/index.ts exports`);
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const named = statement as ts.Statement & { name?: ts.Node };
  return named.name ? [named.name.getText()] : [];
}

function told(statement: ts.Statement): string {
  const parts = [comment(statement)];
  if (ts.isClassDeclaration(statement)) parts.push(...members(statement.members, head(statement)));
  else if (ts.isEnumDeclaration(statement)) parts.push(...values(statement));
  else if (ts.isModuleDeclaration(statement) && statement.body && ts.isModuleBlock(statement.body))
    parts.push(...members(statement.body.statements, ""));
  else parts.push(block("ts", signature(statement)));
  return parts.filter((part) => part !== "").join("\n\n");
}

const head = (node: ts.ClassDeclaration) =>
  node
    .getText()
    .slice(0, node.getText().indexOf("{"))
    .replaceAll(/^\s*@\w+\s*/gm, "")
    .replace(/^export /, "")
    .trim();

/** What plugins may use of a class or a namespace. Its private parts, and those "for the SDK", are left out. */
function members(nodes: readonly ts.Node[], title: string): string[] {
  const parts = title === "" ? [] : [block("ts", title)];
  for (const node of nodes) {
    const text = comment(node);
    if (isHidden(node) || text.startsWith("For the SDK")) continue;
    parts.push(block("ts", signature(node)));
    if (text !== "") parts.push(text);
  }
  return parts;
}

function isHidden(node: ts.Node): boolean {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  const has = (kind: ts.SyntaxKind) => modifiers.some((modifier) => modifier.kind === kind);
  if (has(ts.SyntaxKind.PrivateKeyword) || has(ts.SyntaxKind.ProtectedKeyword)) return true;
  if (ts.isConstructorDeclaration(node)) return node.parameters.length === 0;
  return ts.isSourceFile(node.parent?.parent?.parent ?? node) && !has(ts.SyntaxKind.ExportKeyword);
}

function values(node: ts.EnumDeclaration): string[] {
  return [
    node.members
      .map((member) => [`- \`${member.name.getText()}\``, comment(member).replaceAll("\n", " ")])
      .map((parts) => parts.filter((part) => part !== "").join(": "))
      .join("\n"),
  ];
}

/** A declaration without its body, its comments and its decorators. */
function signature(node: ts.Node): string {
  const body = (node as ts.FunctionLikeDeclaration).body;
  const end = body && ts.isBlock(body) ? body.getStart() : node.end;
  return node
    .getSourceFile()
    .text.slice(node.getStart(), end)
    .replaceAll(/\/\*\*[\s\S]*?\*\/\s*/g, "")
    .replaceAll(/^\s*@\w+\s*/gm, "")
    .replace(/^export /, "")
    .replace(/\n {2}/g, "\n")
    .trim();
}

/** The comment before a declaration, as Markdown; what is indented in it is code. */
function comment(node: ts.Node): string {
  const ranges = ts.getLeadingCommentRanges(node.getSourceFile().text, node.pos) ?? [];
  const last = ranges
    .map(({ pos, end }) => node.getSourceFile().text.slice(pos, end))
    .filter((text) => text.startsWith("/**"))
    .at(-1);
  if (last === undefined) return "";
  const lines = last
    .slice(3, -2)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
  return lines
    .split(/\n\n+/)
    .map((part) => (/^ {4}/.test(part) ? block("ts", part.replaceAll(/^ {4}/gm, "")) : plain(part)))
    .join("\n\n");
}
