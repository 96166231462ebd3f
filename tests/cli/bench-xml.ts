import assert from "node:assert/strict";

/** Fails unless a text is one element of XML, with tags that nest, attributes in quotes, and nothing bare that must not be. */
export function wellFormed(text: string): void {
  const open: string[] = [];
  let elements = 0;
  const token = /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[a-zA-Z][\w:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)|([\s\S])/g;
  for (const [all, closing, name, attributes, empty, chars, other] of text.matchAll(token)) {
    assert.equal(other, undefined, `a bare ${JSON.stringify(all)}`);
    const plain = chars ?? attributes ?? "";
    assert.doesNotMatch(plain, /&(?!(?:amp|lt|gt|quot|apos|#\d+);)/, `a bare & in ${plain}`);
    if (chars !== undefined) {
      assert.ok(open.length > 0 || chars.trim() === "", `text outside of the element: ${chars}`);
      continue;
    }
    const names = [...attributes!.matchAll(/([\w:-]+)=/g)].map((found) => found[1]);
    assert.equal(new Set(names).size, names.length, `an attribute twice in ${all}`);
    if (closing) {
      assert.equal(open.pop(), name);
      continue;
    }
    if (open.length === 0) assert.equal(elements, 0, "more than one element");
    elements++;
    if (!empty) open.push(name!);
  }
  assert.deepEqual(open, []);
  assert.ok(elements > 0);
}
