import { Document, isMap, isNode, isScalar } from "yaml";
import type { Place } from "../validate/finding.js";

/** The length of a line of YAML with its comment. */
const width = 110;

/** A value as YAML, with comments above the things that they explain. Comments at places that are not there are left out. */
export function commented(
  value: unknown,
  comments: readonly (readonly [place: Place, comment: string])[],
  head?: string,
): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  for (const [place, comment] of comments) {
    const map: unknown = place.length === 1 ? document.contents : document.getIn(place.slice(0, -1), true);
    const last = place.at(-1);
    if (isMap(map)) {
      const key = map.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key;
      if (isScalar(key)) key.commentBefore = wrapped(comment, 2 * (place.length - 1));
      continue;
    }
    const node: unknown = document.getIn([...place], true);
    if (isNode(node)) node.commentBefore = wrapped(comment, 2 * place.length);
  }
  if (head !== undefined) document.commentBefore = wrapped(head, 0);
  return document.toString({ lineWidth: 0 });
}

/** The lines of a comment, none longer than the page, each with the space after its sign. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && indent + line.length + word.length + 3 > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => ` ${line}`).join("\n");
}
