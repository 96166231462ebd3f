import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "../../cli/oci/challenge.js";
import { isLoopback, pauseBefore } from "../../cli/oci/connection.js";
import { format, parseReference } from "../../cli/oci/reference.js";
import { WrongUse } from "../../cli/terminal.js";

const digest = `sha256:${"a1".repeat(32)}`;

test("reads references as Istio reads them, and writes them with their scheme", () => {
  const cases: [text: string, host: string, repository: string, tag?: string | undefined, digest?: string][] =
    [
      ["oci://ghcr.io/acme/hello:1.0", "ghcr.io", "acme/hello", "1.0"],
      ["ghcr.io/acme/hello:1.0", "ghcr.io", "acme/hello", "1.0"],
      ["oci://127.0.0.1:5000/hello", "127.0.0.1:5000", "hello", "latest"],
      ["127.0.0.1:5000/hello:V_1.2-x", "127.0.0.1:5000", "hello", "V_1.2-x"],
      ["oci://[::1]:5000/hello:1", "[::1]:5000", "hello", "1"],
      ["oci://localhost:5000/a/b/c:1", "localhost:5000", "a/b/c", "1"],
      ["OCI://Registry.Example.COM/a-b/c__d:1", "registry.example.com", "a-b/c__d", "1"],
      [`oci://ghcr.io/acme/hello@${digest}`, "ghcr.io", "acme/hello", undefined, digest],
      [`oci://ghcr.io/acme/hello:1@${digest}`, "ghcr.io", "acme/hello", "1", digest],
      ["oci://docker.io/hello:1", "index.docker.io", "library/hello", "1"],
      ["oci://acme/hello:1", "index.docker.io", "acme/hello", "1"],
      ["hello", "index.docker.io", "library/hello", "latest"],
    ];
  for (const [text, host, repository, tag, at] of cases) {
    const expected = {
      host,
      repository,
      ...(tag !== undefined && { tag }),
      ...(at !== undefined && { digest: at }),
    };
    assert.deepEqual(parseReference(text), expected, text);
    assert.deepEqual(
      parseReference(format(parseReference(text))),
      expected,
      `${text}, written and read again`,
    );
    assert.match(format(parseReference(text)), /^oci:\/\//);
  }
});

test("says of a reference that is none what is wrong with it", () => {
  const cases: [text: string, says: RegExp][] = [
    ["https://ghcr.io/acme/hello:1", /begins with https:\/\/.*oci:\/\/ghcr\.io\/acme\/hello:1/],
    ["docker://ghcr.io/a/b", /begins with docker:/],
    ["oci://ghcr.io/Acme/hello:1", /capital letters: write acme\/hello/],
    ["oci://ghcr.io/acme/hello:", /no tag after the colon/],
    ["oci://ghcr.io/acme/hello:a b", /space/],
    [`oci://ghcr.io/acme/hello:${"x".repeat(129)}`, /is no tag/],
    ["oci://ghcr.io/acme/hello:-x", /-x is no tag/],
    ["oci://ghcr.io/acme/hello@sha256:abc", /64 digits/],
    [`oci://ghcr.io/acme/hello@sha512:${"a".repeat(128)}`, /sha256:/],
    [`oci://ghcr.io/a/b@${digest}@${digest}`, /more than one @/],
    ["oci://ghcr.io/", /repository is missing/],
    ["oci:///hello:1", /host is missing/],
    ["oci://", /repository is missing/],
    ["oci://ghcr.io:99999/a/b", /no host and port/],
    ["oci://-x.io/a/b", /no host and port/],
    ["oci://user:secret.x/a/b", /no host and port/],
    ["oci://ghcr.io/a//b:1", /small letters and digits/],
    ["oci://ghcr.io/a/../b:1", /small letters and digits/],
    ["oci://ghcr.io/a.-b:1", /small letters and digits/],
    ["oci://ghcr.io/x:1", /2 to 255 characters/],
    ["oci://localhost/hello:1", /localhost:80/],
    ["oci://ghcr.io:443", /repository is missing/],
  ];
  for (const [text, says] of cases)
    assert.throws(
      () => parseReference(text),
      (error) => error instanceof WrongUse && says.test(error.message) && !error.message.includes("\n"),
      text,
    );
});

test("reads the challenges of a registry, however it writes them", () => {
  const bearer = {
    realm: "https://auth.example.com/token",
    service: "registry",
    scope: "repository:a/b:pull,push",
  };
  const cases: [field: string, schemes: string[], parameters?: Record<string, string>][] = [
    ['Basic realm="x"', ["basic"], { realm: "x" }],
    [`Bearer realm="${bearer.realm}",service="registry",scope="${bearer.scope}"`, ["bearer"], bearer],
    [`bearer   realm = "${bearer.realm}" , Service=registry ,scope="${bearer.scope}"`, ["bearer"], bearer],
    ['Bearer realm="a\\"b, c=d"', ["bearer"], { realm: 'a"b, c=d' }],
    [`Negotiate, Basic realm="x"`, ["negotiate", "basic"]],
    [`Negotiate YII=, Basic realm="x"`, ["negotiate", "basic"]],
    [`Basic realm="x", Bearer realm="y"`, ["basic", "bearer"], { realm: "x" }],
    ["Basic", ["basic"], {}],
    ["", []],
    ['"?!', []],
    ['Basic realm="unended', ["basic"], {}],
  ];
  for (const [field, schemes, parameters] of cases) {
    const challenges = parseChallenges(field);
    assert.deepEqual(
      challenges.map(({ scheme }) => scheme),
      schemes,
      field,
    );
    if (parameters !== undefined) assert.deepEqual(challenges[0]!.parameters, parameters, field);
  }
});

test("waits as long as a registry asks for, in seconds or until a date, and never longer than a minute", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(pauseBefore(1, "3", now), 3000);
  assert.equal(pauseBefore(1, "Thu, 01 Jan 2026 00:00:07 GMT", now), 7000);
  assert.equal(pauseBefore(1, "Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  assert.equal(pauseBefore(1, "99999", now), 60_000);
  for (const retryAfter of [null, "soon"]) {
    assert.ok(pauseBefore(1, retryAfter) < 300);
    assert.ok(pauseBefore(4, retryAfter) > pauseBefore(1, retryAfter));
  }
});

test("takes for the loopback what is the loopback, and nothing that is only called like it", () => {
  for (const name of ["127.0.0.1", "127.9.9.9", "localhost", "[::1]", "a.localhost"])
    assert.ok(isLoopback(name), name);
  for (const name of ["127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "example.com"])
    assert.ok(!isLoopback(name), name);
});
