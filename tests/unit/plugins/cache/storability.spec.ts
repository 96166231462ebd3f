import { FieldBlock } from "as-proxy-wasm";
import { ResponseHead } from "../../../../plugins/cache/response-head";
import { NOT_KEPT, lifetimeToKeep } from "../../../../plugins/cache/storability";
import { copied, fields } from "./fields";

const NOW: i64 = 784111777;

function kept(lines: string[], hasAuthorization: bool = false, isPersonal: bool = false): i64 {
  const head = ResponseHead.read(FieldBlock.cursor(fields(lines)), NOW);
  return lifetimeToKeep(head, hasAuthorization, isPersonal || hasAuthorization, 300, NOW);
}

describe("a response is kept", () => {
  it("as long as it says, whatever its status", () => {
    for (let status = 200; status < 600; status++) {
      const mayBe = status != 206 && status != 304;
      const lines: string[] = [":status: " + status.toString(), "cache-control: max-age=60"];
      expect<i64>(kept(lines)).toBe(mayBe ? 60 : NOT_KEPT, status.toString());
    }
    expect<i64>(kept([":status: 103", "cache-control: max-age=60"])).toBe(NOT_KEPT);
  });

  it("not where it forbids it", () => {
    const bad: string[] = [
      "cache-control: no-store, max-age=60",
      "cache-control: private, max-age=60",
      "cache-control: max-age=60, private=x",
      "vary: *",
      "vary: a, *",
      "set-cookie: a=1",
      "cdn-cache-control: no-store",
      "cdn-cache-control: private, max-age=60",
    ];
    for (let i = 0; i < bad.length; i++)
      expect<i64>(kept([":status: 200", "cache-control: max-age=60", bad[i]])).toBe(NOT_KEPT, bad[i]);
  });

  it("not with an error or a redirect that says nothing", () => {
    expect<i64>(kept([":status: 500"])).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 302"])).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 201"])).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 200"])).toBe(300);
  });

  it("where it was made for credentials only if it says that it is for all", () => {
    const ok: string[] = ["public, max-age=60", "s-maxage=60", "must-revalidate, max-age=60"];
    for (let i = 0; i < ok.length; i++)
      expect<i64>(kept([":status: 200", "cache-control: " + ok[i]], true)).toBe(60, ok[i]);
    const bad: string[] = ["max-age=60", "proxy-revalidate, max-age=60", "immutable, max-age=60"];
    for (let i = 0; i < bad.length; i++)
      expect<i64>(kept([":status: 200", "cache-control: " + bad[i]], true)).toBe(NOT_KEPT, bad[i]);
    expect<i64>(kept([":status: 200", "cache-control: public"], true)).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 200"], false, true)).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 200", "cache-control: max-age=60"], false, true)).toBe(60);
  });

  it("where it has to be understood only if its status is", () => {
    const control = "cache-control: must-understand, no-store, max-age=60";
    expect<i64>(kept([":status: 200", control])).toBe(60);
    expect<i64>(kept([":status: 299", control])).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 599", "cache-control: must-understand, max-age=60"])).toBe(NOT_KEPT);
  });

  it("stale only where it can be asked about, or given out stale", () => {
    expect<i64>(kept([":status: 200", "cache-control: max-age=0"])).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 200", "cache-control: max-age=0", 'etag: "a"'])).toBe(0);
    expect<i64>(kept([":status: 200", "cache-control: no-cache, max-age=60", 'etag: "a"'])).toBe(0);
    expect<i64>(kept([":status: 200", "cache-control: no-cache"])).toBe(NOT_KEPT);
    expect<i64>(kept([":status: 200", "cache-control: max-age=0, stale-while-revalidate=5"])).toBe(0);
    expect<i64>(kept([":status: 200", "cache-control: max-age=0, stale-if-error=5"])).toBe(0);
  });

  it("without the fields that are for neighbours or one client", () => {
    const head = ResponseHead.read(
      FieldBlock.cursor(
        fields([
          "connection: x-Hop, close",
          "set-cookie: a=1",
          'cache-control: max-age=60, no-cache="Set-Cookie", private="x-user"',
        ]),
      ),
      NOW,
    );
    expect<bool>(head.setsCookie).toBe(false);
    const dropped: string[] = [
      "connection",
      "x-hop",
      "close",
      "set-cookie",
      "x-user",
      "te",
      "age",
      ":status",
      "x-cache",
    ];
    for (let i = 0; i < dropped.length; i++)
      expect<bool>(head.isDropped(copied(dropped[i]))).toBe(true, dropped[i]);
    const others: string[] = ["x", "content-type", "etag", "set-cookie2", "x-hops"];
    for (let i = 0; i < others.length; i++)
      expect<bool>(head.isDropped(copied(others[i]))).toBe(false, others[i]);
  });
});
