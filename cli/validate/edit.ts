import { type Document, isMap, isNode, isScalar, type Pair, stringify, type YAMLMap } from "yaml";
import type { Edit, Place } from "./finding.js";

/** A piece of a text with what takes its place. */
interface Splice {
  from: number;
  to: number;
  text: string;
}

/** The text with the edits of a document in it; what they do not touch stays as it is, white space and comments too. */
export function edited(text: string, edits: readonly { document: Document; edit: Edit }[]): string {
  const splices = edits
    .map(({ document, edit }) => spliceOf(text, document, edit))
    .filter((splice) => splice !== null);
  // From the end, so that what comes before keeps its place; of two for one place the first is made.
  splices.sort((a, b) => b.from - a.from);
  let result = text;
  let limit = Infinity;
  for (const { from, to, text: piece } of splices) {
    if (to > limit) continue;
    result = result.slice(0, from) + piece + result.slice(to);
    limit = from;
  }
  return result;
}

/** Null where the document has no such place. */
function spliceOf(text: string, document: Document, edit: Edit): Splice | null {
  if ("rename" in edit) {
    const key = pairAt(document, edit.rename)?.key;
    const range = isNode(key) ? key.range : null;
    return range ? { from: range[0], to: range[1], text: plain(edit.to) } : null;
  }
  if ("remove" in edit) return removal(text, pairAt(document, edit.remove));
  const value: unknown = document.getIn([...edit.set], true);
  if (isScalar(value) && value.range)
    return { from: value.range[0], to: value.range[1], text: plain(edit.to) };
  const map: unknown = document.getIn(edit.set.slice(0, -1), true);
  return isMap(map) ? insertion(text, map, `${plain(edit.set.at(-1)!)}: ${plain(edit.to)}`) : null;
}

const plain = (value: string | number): string => stringify(value, { lineWidth: 0 }).trimEnd();

/** The whole lines of a key of a block; of a key between braces nothing: there it is left to the user. */
function removal(text: string, pair: Pair | null): Splice | null {
  const [key, value] = [pair?.key, pair?.value];
  if (!isNode(key) || !key.range) return null;
  const from = text.lastIndexOf("\n", key.range[0]) + 1;
  if (text.slice(from, key.range[0]).trim() !== "") return null;
  const end = isNode(value) && value.range ? value.range[1] : key.range[1];
  const line = text.indexOf("\n", end);
  return { from, to: line < 0 ? text.length : line + 1, text: "" };
}

/** A new key at the end of a map, as its other keys are written. */
function insertion(text: string, map: YAMLMap, line: string): Splice | null {
  const first = map.items[0]?.key;
  const last = map.items.at(-1)?.value;
  if (!isNode(first) || !first.range || !isNode(last) || !last.range) return null;
  const at = last.range[1];
  if (map.flow) return { from: at, to: at, text: `, ${line}` };
  const indent = first.range[0] - (text.lastIndexOf("\n", first.range[0]) + 1);
  const end = text.indexOf("\n", at);
  const place = end < 0 ? text.length : end;
  return { from: place, to: place, text: `\n${" ".repeat(indent)}${line}` };
}

function pairAt(document: Document, place: Place): Pair | null {
  const map: unknown = place.length === 1 ? document.contents : document.getIn(place.slice(0, -1), true);
  if (!isMap(map)) return null;
  return map.items.find(({ key }) => isScalar(key) && key.value === place.at(-1)) ?? null;
}
