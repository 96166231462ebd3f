import { CacheControl, FieldBlock, decodeSlice, equalBytes, sizeOf, sliceOf } from "as-proxy-wasm";
import { Entry, EntryDraft, Flag } from "../../../../plugins/cache/entry";
import { RequestHead } from "../../../../plugins/cache/request-head";
import { Reuse, mayReplaceError, reuseOf } from "../../../../plugins/cache/reuse";
import { clientHas } from "../../../../plugins/cache/conditions";
import { copied, fields } from "./fields";

/** An entry that is fresh for 60 seconds. */
function entry(
  flags: u32 = 0,
  staleWhile: i64 = 0,
  staleError: i64 = 0,
  lines: string[] = [],
  status: u32 = 200,
): Entry {
  const draft = new EntryDraft();
  draft.status = status;
  draft.flags = flags;
  draft.lifetime = 60;
  draft.staleWhileRevalidate = staleWhile;
  draft.staleIfError = staleError;
  const bytes = draft.build(copied("body"), fields(lines.concat(["x-cache: ", "age: "])));
  __pin(changetype<usize>(bytes));
  return Entry.open(sliceOf(bytes), 0, 0)!;
}

function head(lines: string[]): RequestHead {
  return RequestHead.read(FieldBlock.cursor(fields(lines)));
}

function reuse(entry: Entry, age: i64, lines: string[] = []): Reuse {
  return reuseOf(entry, head(lines), age);
}

describe("what is kept", () => {
  it("is fresh until its age is its lifetime", () => {
    expect<i32>(reuse(entry(), 0)).toBe(Reuse.Fresh);
    expect<i32>(reuse(entry(), 59)).toBe(Reuse.Fresh);
    expect<i32>(reuse(entry(), 60)).toBe(Reuse.Ask);
  });

  it("is asked about where it says so, or the client", () => {
    expect<i32>(reuse(entry(Flag.AlwaysAsk), 0)).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(Flag.AlwaysAsk, 60, 60), 0)).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(), 0, ["cache-control: no-cache"])).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(), 0, ["pragma: no-cache"])).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(), 0, ["pragma: no-cache", "cache-control: x"])).toBe(Reuse.Fresh);
    expect<i32>(reuse(entry(), 31, ["cache-control: max-age=30"])).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(), 30, ["cache-control: max-age=30"])).toBe(Reuse.Fresh);
    expect<i32>(reuse(entry(), 31, ["cache-control: min-fresh=30"])).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(), 30, ["cache-control: min-fresh=30"])).toBe(Reuse.Fresh);
  });

  it("is given out stale where the client takes that, and the response does not forbid it", () => {
    const any: string[] = ["cache-control: max-stale"];
    expect<i32>(reuse(entry(), 5000, any)).toBe(Reuse.Stale);
    expect<i32>(reuse(entry(), 70, ["cache-control: max-stale=10"])).toBe(Reuse.Stale);
    expect<i32>(reuse(entry(), 71, ["cache-control: max-stale=10"])).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(), 70, ["cache-control: max-stale=10, max-age=50"])).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(Flag.NeverStale), 70, any)).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(Flag.NotStaleByRequest), 70, any)).toBe(Reuse.Ask);
  });

  it("is given out stale meanwhile for as long as it says", () => {
    expect<i32>(reuse(entry(0, 10), 69)).toBe(Reuse.StaleMeanwhile);
    expect<i32>(reuse(entry(0, 10), 70)).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(Flag.NotStaleByRequest, 10), 69)).toBe(Reuse.StaleMeanwhile);
    expect<i32>(reuse(entry(Flag.NeverStale, 10), 69)).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(0, 10), 69, ["cache-control: max-age=65"])).toBe(Reuse.Ask);
    expect<i32>(reuse(entry(0, 10), 65, ["cache-control: min-fresh=1"])).toBe(Reuse.Ask);
  });

  it("is for nobody in particular where its lifetime is a guess", () => {
    expect<i32>(reuse(entry(Flag.Guessed), 0)).toBe(Reuse.Fresh);
    expect<i32>(reuse(entry(Flag.Guessed), 0, ["cookie: a=1"])).toBe(Reuse.Unfit);
    expect<i32>(reuse(entry(Flag.Guessed), 0, ["authorization: a"])).toBe(Reuse.Unfit);
    expect<i32>(reuse(entry(), 0, ["cookie: a=1"])).toBe(Reuse.Fresh);
  });

  it("stands in for an error as long as response or client allow", () => {
    expect<bool>(mayReplaceError(entry(0, 0, 10), null, 69)).toBe(true);
    expect<bool>(mayReplaceError(entry(0, 0, 10), null, 70)).toBe(false);
    expect<bool>(mayReplaceError(entry(Flag.NeverStale, 0, 10), null, 69)).toBe(false);
    expect<bool>(mayReplaceError(entry(Flag.AlwaysAsk, 0, 10), null, 69)).toBe(false);
    const control = new CacheControl();
    control.staleIfError = 10;
    expect<bool>(mayReplaceError(entry(), control, 69)).toBe(true);
    expect<bool>(mayReplaceError(entry(), control, 70)).toBe(false);
    expect<bool>(mayReplaceError(entry(Flag.NotStaleByRequest), control, 69)).toBe(false);
  });
});

function has(request: string[], response: string[], status: u32 = 200): bool {
  return clientHas(entry(0, 0, 0, response, status), head(request), 784111777);
}

describe("a client has what is kept", () => {
  const tag: string = 'etag: "a"';
  const changed: string = "last-modified: Sun, 06 Nov 1994 08:49:37 GMT";

  it("by its entity tag, weak or strong", () => {
    expect<bool>(has(['if-none-match: "a"'], [tag])).toBe(true);
    expect<bool>(has(['if-none-match: W/"a"'], [tag])).toBe(true);
    expect<bool>(has(["if-none-match: *"], [])).toBe(true);
    expect<bool>(has(['if-none-match: "b"'], [tag])).toBe(false);
    expect<bool>(has(['if-none-match: "a"'], [])).toBe(false);
    expect<bool>(has([], [tag])).toBe(false);
  });

  it("by its date, and only without a tag in the request", () => {
    expect<bool>(has(["if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT"], [changed])).toBe(true);
    expect<bool>(has(["if-modified-since: Sun, 06 Nov 1994 08:49:36 GMT"], [changed])).toBe(false);
    expect<bool>(has(["if-modified-since: now"], [changed])).toBe(false);
    expect<bool>(
      has(["if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT", 'if-none-match: "b"'], [changed, tag]),
    ).toBe(false);
    const date = "date: Sun, 06 Nov 1994 08:49:37 GMT";
    expect<bool>(has(["if-modified-since: Sun, 06 Nov 1994 08:49:38 GMT"], [date])).toBe(true);
    expect<bool>(has(["if-modified-since: Sun, 06 Nov 1994 08:49:38 GMT"], [])).toBe(false);
  });

  it("only where it is a 200", () => {
    expect<bool>(has(['if-none-match: "a"'], [tag], 404)).toBe(false);
  });
});

describe("a request", () => {
  it("is the origin's alone with ranges, conditions for writing, and other protocols", () => {
    const alone: string[] = [
      "range: bytes=0-1",
      "if-match: *",
      "if-unmodified-since: now",
      "if-range: a",
      "upgrade: h2c",
    ];
    for (let i = 0; i < alone.length; i++) expect<bool>(head([alone[i]]).isForOrigin).toBe(true, alone[i]);
    expect<bool>(head(['if-none-match: "a"', 'if-none-match: "b"']).isForOrigin).toBe(true);
    expect<bool>(head(['if-none-match: "a"']).isForOrigin).toBe(false);
  });

  it("changes something unless its method is a safe one", () => {
    const safe: string[] = ["GET", "HEAD", "OPTIONS", "TRACE"];
    for (let i = 0; i < safe.length; i++)
      expect<bool>(head([":method: " + safe[i]]).isSafe).toBe(true, safe[i]);
    const others: string[] = ["POST", "PUT", "DELETE", "PATCH", "PURGE", "get", "FOO"];
    for (let i = 0; i < others.length; i++)
      expect<bool>(head([":method: " + others[i]]).isSafe).toBe(false, others[i]);
  });
});

describe("an entry", () => {
  it("has what was put into it, and with an answer what that says", () => {
    const kept = entry(Flag.Guessed, 7, 8, ["a: b", "c: d"], 404);
    expect<u32>(kept.status).toBe(404);
    expect<i64>(kept.staleWhileRevalidate).toBe(7);
    expect<i64>(kept.staleIfError).toBe(8);
    expect<bool>(kept.has(Flag.Guessed)).toBe(true);
    expect<bool>(kept.has(Flag.AlwaysAsk)).toBe(false);
    for (let round = 0; round < 2; round++) {
      const verdict = round == 0 ? "REVALIDATED" : "HIT";
      const block = kept.fieldsFor(copied(verdict), copied(round == 0 ? "2147483648" : "5"));
      const field = FieldBlock.cursor(block);
      let text = "";
      while (field.next()) text += field.name + "=" + field.value + ";";
      expect<string>(text).toBe("a=b;c=d;x-cache=" + verdict + ";age=" + (round == 0 ? "2147483648;" : "5;"));
    }
  });

  it("is the same whether its body comes at once or in parts", () => {
    const draft = new EntryDraft();
    draft.low = 1;
    draft.high = 2;
    draft.status = 203;
    draft.lifetime = 7;
    const block = fields(["a: b", "x-cache: ", "age: "]);
    const begun = draft.begin(block, 2, 7);
    begun.append(copied("bo"));
    begun.append(copied("dy"));
    expect<bool>(
      equalBytes(draft.finish(begun, sizeOf(block)), sliceOf(draft.build(copied("body"), block))),
    ).toBe(true);
    begun.append(copied("more"));
    expect<bool>(begun.overflowed).toBe(true);
    const kept = Entry.open(sliceOf(draft.build(copied("body"), block)), 1, 2)!;
    expect<string>(decodeSlice(kept.body)).toBe("body");
    kept.fieldsFor(copied("REVALIDATED"), copied("2147483648"));
    expect<string>(decodeSlice(kept.body)).toBe("body");
  });

  it("is none where bytes are cut, of another layout or of another key", () => {
    const draft = new EntryDraft();
    draft.low = 1;
    draft.high = 2;
    const bytes = draft.build(copied("body"), fields(["x-cache: ", "age: "]));
    expect<bool>(Entry.open(sliceOf(bytes), 1, 2) !== null).toBe(true);
    expect<bool>(Entry.open(sliceOf(bytes), 1, 3) === null).toBe(true);
    for (let size = 0; size < bytes.length; size++)
      expect<bool>(Entry.open(sliceOf(bytes.subarray(0, size)), 1, 2) === null).toBe(true);
    bytes[0] += 1;
    expect<bool>(Entry.open(sliceOf(bytes), 1, 2) === null).toBe(true);
  });
});
