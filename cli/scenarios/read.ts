import { readFile } from "node:fs/promises";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { type Document, LineCounter, isMap, isNode, isScalar, parseAllDocuments } from "yaml";
import type { Scenario } from "./scenario.js";
import { wrongServices } from "./services-check.js";
import { isExpression } from "../regular-expression.js";

export interface ScenarioInFile {
  file: string;
  /** Where the scenario begins. */
  line: number;
  scenario: Scenario;
  /** Where the thing stands that is at a place such as `steps[0].client.headers.x-a`, or what it should be in. */
  lineOf: (place: string) => number;
}

/** A file that is no scenario; the message has a line for each mistake, with the file, the line and the place. */
export class BadScenario extends Error {}

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  verbose: true,
});
ajv.addFormat("regex", { type: "string", validate: isExpression });
const schema = JSON.parse(await readFile(new URL("scenario.schema.json", import.meta.url), "utf8")) as object;
const isScenario = ajv.compile<Scenario>(schema);

/** The scenarios of a file's text, one a YAML document. Throws `BadScenario` where one is not as the schema says. */
export function readScenarios(text: string, file: string): ScenarioInFile[] {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents) || documents.length === 0) throw new BadScenario(`${file}: has no scenario`);
  const scenarios: ScenarioInFile[] = [];
  const mistakes: string[] = [];
  for (const document of documents) {
    const begin = lineAt(document.contents?.range[0] ?? document.range[0]);
    const broken = [...document.errors, ...document.warnings];
    for (const { message, pos } of broken) mistakes.push(`${file}:${lineAt(pos[0])}: ${message}`);
    if (broken.length > 0) continue;
    const scenario: unknown = document.toJS();
    if (isScenario(scenario)) {
      const lineOf = (place: string) => lineAt(offsetAt(document, place));
      for (const [place, sentence] of wrongServices(scenario))
        mistakes.push(`${file}:${lineOf(place)}: ${place}: ${sentence}`);
      scenarios.push({ file, line: begin, scenario, lineOf });
    } else {
      for (const error of worthTelling(isScenario.errors ?? [])) {
        mistakes.push(`${file}:${lineAt(offsetOf(document, error))}: ${placeOf(error)}: ${inWords(error)}`);
      }
    }
  }
  const names = scenarios.map(({ scenario }) => scenario.name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index)
      mistakes.push(`${file}:${scenarios[index]!.line}: another scenario of this file is named "${name}"`);
  }
  if (mistakes.length > 0) throw new BadScenario([...new Set(mistakes)].join("\n"));
  return scenarios;
}

/**
 * That an `if` led to a mistake says nothing that the mistake does not; and a step with a key that is not known lacks
 * nothing else, since that key was meant to be what it lacks.
 */
function worthTelling(errors: ErrorObject[]): ErrorObject[] {
  const unknown = new Set(
    errors
      .filter(({ keyword }) => keyword === "additionalProperties")
      .map(({ instancePath }) => instancePath),
  );
  return errors.filter(
    (error) =>
      error.keyword !== "if" &&
      // What is wrong with a name is told once.
      error.propertyName === undefined &&
      !(isIdleStep(error) && unknown.has(error.instancePath)),
  );
}

/** A step that does nothing. */
const isIdleStep = ({ keyword, params }: ErrorObject) =>
  keyword === "required" && (params as { missingProperty?: string }).missingProperty === "wait_ms";

function segments(error: ErrorObject): string[] {
  const path = error.instancePath.split("/").slice(1);
  const { additionalProperty, propertyName } = error.params as Record<string, string | undefined>;
  const named = additionalProperty ?? propertyName;
  if (named !== undefined) path.push(named.replaceAll("~", "~0").replaceAll("/", "~1"));
  return path.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** As one would write it: `steps[0].client.headers.x-a`. */
function placeOf(error: ErrorObject): string {
  const place = segments(error).reduce((path, segment) => {
    if (/^\d+$/.test(segment)) return `${path}[${segment}]`;
    return path === "" ? segment : `${path}.${segment}`;
  }, "");
  return place === "" ? "the scenario" : place;
}

/** Where in the text the value stands that is wrong, or what it should be in. */
function offsetOf(document: Document, error: ErrorObject): number {
  const path = segments(error);
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Names of fields and metrics may have dots in them: the longest key that fits is the one that is meant. */
function offsetAt(document: Document, place: string): number {
  const path: (string | number)[] = [];
  let rest = place;
  let offset = document.contents?.range?.[0] ?? 0;
  for (;;) {
    const value: unknown = document.getIn(path, true);
    const index = /^\[(\d+)\]/.exec(rest);
    if (index) {
      path.push(Number(index[1]));
      rest = rest.slice(index[0].length);
    } else if (isMap(value)) {
      rest = rest.replace(/^\./, "");
      const keys = value.items.flatMap(({ key }) => (isScalar(key) ? [key] : []));
      const fits = keys.filter(({ value: key }) => /^(\.|\[|$)/.test(restAfter(rest, String(key))));
      const key = fits.sort((a, b) => String(b.value).length - String(a.value).length)[0];
      if (key === undefined) return offset;
      offset = key.range?.[0] ?? offset;
      path.push(String(key.value));
      rest = rest.slice(String(key.value).length);
    } else return offset;
    const node = document.getIn(path, true);
    if (index && isNode(node)) offset = node.range?.[0] ?? offset;
  }
}

const restAfter = (text: string, start: string) => (text.startsWith(start) ? text.slice(start.length) : "!");

function wrongName(name: string): string {
  if (name === "upstream") return "is no name of a cluster: the upstream stands beside the clusters";
  if (name.startsWith(":"))
    return "is no field that can be sent: method, path, authority and status are keys beside headers";
  return "is no name of a field";
}

function inWords(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const value = JSON.stringify(error.data);
  switch (error.keyword) {
    case "additionalProperties":
      return "is not a known key";
    case "propertyNames":
      return wrongName(String(params["propertyName"]));
    case "false schema":
      return "does not go with what is beside it";
    case "required":
      if (isIdleStep(error)) return "needs one of request, at_once, wait_ms and change";
      return `needs ${String(params["missingProperty"])}`;
    case "dependentRequired":
      return `${String(params["property"])} needs ${String(params["missingProperty"])}`;
    case "type":
      return `expected ${[params["type"]].flat().join(" or ")}, got ${value}`;
    case "enum":
      return `expected one of ${(params["allowedValues"] as unknown[]).join(", ")}, got ${value}`;
    case "format":
      return `expected a regular expression, got ${value}`;
    case "not":
      return `write ${value} in double quotes: YAML then reads its \\x escapes`;
    default:
      return `${error.message ?? error.keyword}, got ${value}`;
  }
}
