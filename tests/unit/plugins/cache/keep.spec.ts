import { FieldBlock, Slice, sliceOf } from "as-proxy-wasm";
import { fieldsOfNotModified, isAbout, isOfSameBody } from "../../../../plugins/cache/conditions";
import { Entry, EntryDraft, Flag } from "../../../../plugins/cache/entry";
import { draftOf, fieldsToKeep, keptUntil, mergedFields } from "../../../../plugins/cache/keep";
import { ResponseHead } from "../../../../plugins/cache/response-head";
import { isDictionary } from "../../../../plugins/cache/targeted";
import { copied, fields } from "./fields";

/** Sun, 06 Nov 1994 08:49:37 GMT, in milliseconds. */
const NOW: i64 = 784111777000;
const DATE: string = "date: Sun, 06 Nov 1994 08:49:37 GMT";

function head(lines: string[]): ResponseHead {
  return ResponseHead.read(FieldBlock.cursor(fields(lines)), NOW / 1000);
}

function text(block: Slice): string {
  const field = FieldBlock.cursor(block);
  let lines = "";
  while (field.next()) lines += field.name + ": " + field.value + "\n";
  return lines;
}

function kept(lines: string[]): string {
  return text(fieldsToKeep(head(lines), fields(lines), NOW));
}

function entry(lines: string[], status: u32 = 200): Entry {
  const draft = new EntryDraft();
  draft.status = status;
  const bytes = draft.build(copied("hello"), fields(lines.concat(["x-cache: ", "age: "])));
  __pin(changetype<usize>(bytes));
  return Entry.open(sliceOf(bytes), 0, 0)!;
}

describe("what is kept of a response", () => {
  it("has a date", () => {
    expect<string>(kept(["a: b"])).toBe("a: b\n" + DATE + "\nx-cache: \nage: \n");
    expect<string>(kept([DATE])).toBe(DATE + "\nx-cache: \nage: \n");
    expect<string>(kept(["date: yesterday"])).toBe(DATE + "\nx-cache: \nage: \n");
  });

  it("has what a 304 says in the place of what there was, and of the time that this came", () => {
    const old: string[] = [
      "a: 1",
      "a: 2",
      "b: 3",
      "content-encoding: x",
      "date: Sun, 06 Nov 1994 00:00:00 GMT",
    ];
    const news: string[] = [":status: 304", "a: 4", "c: 5", "content-encoding: y", "connection: d", "d: 6"];
    const merged = mergedFields(entry(old), fields(news), head(news));
    expect<string>(text(merged)).toBe("b: 3\ncontent-encoding: x\na: 4\nc: 5\n");
    expect<string>(text(mergedFields(entry(old), fields([DATE]), head([DATE])))).toBe(
      "a: 1\na: 2\nb: 3\ncontent-encoding: x\n" + DATE + "\n",
    );
  });

  it("is kept for as long as it is of use", () => {
    const withTag = head(['etag: "1"', "cache-control: max-age=60"]);
    const without = head(["cache-control: max-age=60, stale-if-error=100"]);
    expect<i64>(keptUntil(draftOf(withTag, 60, NOW, NOW), withTag, NOW)).toBe(NOW / 1000 + 60 + 86400);
    expect<i64>(keptUntil(draftOf(without, 60, NOW, NOW), without, NOW)).toBe(NOW / 1000 + 60 + 100);
  });

  it("says what may be done with it", () => {
    const flags = draftOf(head(["cache-control: s-maxage=1, must-revalidate, no-cache"]), 1, NOW, NOW).flags;
    expect<u32>(flags).toBe(Flag.NeverStale | Flag.NotStaleByRequest | Flag.AlwaysAsk | Flag.Untyped);
    expect<u32>(draftOf(head(["content-type: text/plain"]), 1, NOW, NOW).flags).toBe(Flag.Guessed);
  });
});

describe("a 304 to a client", () => {
  it("has the fields that it must have, and no others", () => {
    const lines: string[] = [
      "cache-control: max-age=60",
      "content-location: /a",
      DATE,
      'etag: "1"',
      "expires: 0",
      "vary: a",
    ];
    const more: string[] = ["content-type: a", "last-modified: Sun, 06 Nov 1994 08:49:37 GMT", "x-a: b"];
    const sent = fieldsOfNotModified(entry(lines.concat(more)), copied("HIT"), copied("5"));
    expect<string>(text(sent)).toBe(lines.join("\n") + "\nx-cache: HIT\nage: 5\n");
  });

  it("has a date of change where there is no entity tag", () => {
    const sent = fieldsOfNotModified(entry(["last-modified: now"]), copied("HIT"), copied("5"));
    expect<string>(text(sent)).toBe("last-modified: now\nx-cache: HIT\nage: 5\n");
  });
});

describe("an answer of the origin", () => {
  const modified: string = "last-modified: Sun, 06 Nov 1994 08:49:37 GMT";
  const later: string = "last-modified: Sun, 06 Nov 1994 08:49:38 GMT";

  it("is about what is kept by a strong tag, or a weak one, or its date, or where it says nothing", () => {
    const tagged = entry(['etag: "1"', modified]);
    const weak = entry(['etag: W/"1"']);
    const dated = entry([modified]);
    expect<bool>(isAbout(tagged, head(['etag: "1"', later]), NOW / 1000)).toBe(true);
    expect<bool>(isAbout(tagged, head(['etag: "2"', modified]), NOW / 1000)).toBe(false);
    expect<bool>(isAbout(tagged, head(['etag: W/"1"']), NOW / 1000)).toBe(true);
    expect<bool>(isAbout(tagged, head([modified]), NOW / 1000)).toBe(true);
    expect<bool>(isAbout(tagged, head([later]), NOW / 1000)).toBe(false);
    expect<bool>(isAbout(tagged, head([]), NOW / 1000)).toBe(true);
    expect<bool>(isAbout(weak, head(['etag: "1"']), NOW / 1000)).toBe(false);
    expect<bool>(isAbout(weak, head(['etag: W/"1"']), NOW / 1000)).toBe(true);
    expect<bool>(isAbout(weak, head([modified]), NOW / 1000)).toBe(false);
    expect<bool>(isAbout(dated, head(['etag: "1"', modified]), NOW / 1000)).toBe(true);
    expect<bool>(isAbout(dated, head(['etag: "1"']), NOW / 1000)).toBe(false);
  });

  it("to HEAD is about the same body only where a validator says so and nothing differs", () => {
    const tagged = entry(['etag: "1"', modified]);
    expect<bool>(isOfSameBody(tagged, head(['etag: "1"', modified, "content-length: 5"]), NOW / 1000)).toBe(
      true,
    );
    expect<bool>(isOfSameBody(tagged, head(['etag: "1"']), NOW / 1000)).toBe(true);
    expect<bool>(isOfSameBody(tagged, head([modified]), NOW / 1000)).toBe(true);
    expect<bool>(isOfSameBody(tagged, head(["content-length: 5"]), NOW / 1000)).toBe(false);
    expect<bool>(isOfSameBody(tagged, head(['etag: W/"1"']), NOW / 1000)).toBe(false);
    expect<bool>(isOfSameBody(tagged, head(['etag: "1"', later]), NOW / 1000)).toBe(false);
    expect<bool>(isOfSameBody(tagged, head(['etag: "1"', "content-length: 6"]), NOW / 1000)).toBe(false);
    expect<bool>(isOfSameBody(entry(['etag: "1"'], 404), head(['etag: "1"']), NOW / 1000)).toBe(false);
    expect<bool>(isOfSameBody(entry([]), head(['etag: "1"']), NOW / 1000)).toBe(false);
  });
});

describe("what is said to caches between client and origin", () => {
  it("is a dictionary, or nothing", () => {
    const good: string[] = [
      "",
      "max-age=60",
      "a, b=?1, c=:YQ==:, d=(1 2), *e=x, max-age=1;x=2",
      'no-cache="a"',
    ];
    for (let i = 0; i < good.length; i++) expect<bool>(isDictionary(copied(good[i]))).toBe(true, good[i]);
    const bad: string[] = ["=", "A=1", "max-age=", 'max-age="1"', 's-maxage="1"', "1=2", '"a"', "a b", "a=&"];
    for (let i = 0; i < bad.length; i++) expect<bool>(isDictionary(copied(bad[i]))).toBe(false, bad[i]);
  });
});
