import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { promisify } from "node:util";
import type { Credential } from "../../cli/oci/credentials.js";
import { asIstioReads } from "../../cli/oci/content.js";
import { type Image, mediaTypes } from "../../cli/oci/image.js";
import { silent } from "../../cli/oci/progress.js";
import { format, parseReference } from "../../cli/oci/reference.js";
import { Repository } from "../../cli/oci/registry.js";
import { pluginWat } from "../support/wat.js";
import { apwImage, scratch } from "./image/apw.js";
import { largeModule, tinyImage, tinyModule } from "./image/images.js";
import { readBody, type Script, ScriptedRegistry } from "./image/scripted-registry.js";

const me: Credential = { from: "the test", username: "me", password: "pass:word" };
const basic = `Basic ${Buffer.from("me:pass:word").toString("base64")}`;

async function registry(context: TestContext, script?: Script): Promise<ScriptedRegistry> {
  const started = await ScriptedRegistry.start(script);
  context.after(() => started.stop());
  return started;
}

interface How {
  credential?: Credential;
  notes?: string[];
  environment?: NodeJS.ProcessEnv;
}

const nobody: NodeJS.ProcessEnv = { HOME: "/nowhere", DOCKER_CONFIG: "/nowhere" };

async function open(at: ScriptedRegistry, access: "pull" | "pull,push", how: How): Promise<Repository> {
  return Repository.open(parseReference(`oci://${at.host}/acme/tiny:1`), access, {
    environment: how.environment ?? nobody,
    note: (sentence) => how.notes?.push(sentence),
    ...(how.credential && { credential: how.credential }),
  });
}

async function push(at: ScriptedRegistry, image: Image, how: How = {}): Promise<void> {
  const note = (sentence: string) => how.notes?.push(sentence);
  await (await open(at, "pull,push", how)).push(image, { ...silent, note });
}

const pull = async (at: ScriptedRegistry, how: How = {}): Promise<Image> =>
  (await open(at, "pull", how)).image();

const json = (
  response: ServerResponse,
  status: number,
  value: object,
  headers: Record<string, string> = {},
): true => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  return true;
};

const unauthorized = (response: ServerResponse, challenge: string): true =>
  json(response, 401, { errors: [{ code: "UNAUTHORIZED" }] }, { "www-authenticate": challenge });

/** Lets a registry claim another digest for what it is asked or sent there. */
function lyingAbout(lyingMethod: string, part: string): Script {
  return (_request, response, { method, path }) => {
    if (method !== lyingMethod || !path.includes(part)) return false;
    const send = response.writeHead.bind(response) as (status: number, headers: object) => ServerResponse;
    response.writeHead = ((status: number, headers: object = {}) =>
      send(status, {
        ...headers,
        "docker-content-digest": `sha256:${"0".repeat(64)}`,
      })) as typeof response.writeHead;
    return false;
  };
}

describe("pushing and pulling", () => {
  test("brings an image over whole, and sends no blob twice", async (context) => {
    const at = await registry(context);
    for (const layout of ["docker", "oci", "artifact"] as const) {
      const image = await tinyImage(layout);
      await push(at, image);
      assert.equal(at.manifests.get("1")!.type, image.mediaType);
      const pulled = await pull(at);
      assert.equal(pulled.digest, image.digest);
      const verdict = await asIstioReads(pulled);
      assert.deepEqual(verdict.accepted && Buffer.from(verdict.module), Buffer.from(tinyModule));
    }
    const before = at.requests("PATCH").length;
    await push(at, await tinyImage("oci"));
    assert.equal(at.requests("PATCH").length, before);
  });

  test("sends large blobs in pieces of 4 MiB with their ranges, or as large as the registry wants", async (context) => {
    const module = largeModule(9 * 1024 * 1024);
    const image = await tinyImage("artifact", { module });
    const at = await registry(context);
    await push(at, image);
    const ranges = (registry: ScriptedRegistry) =>
      registry.requests("PATCH").map(({ headers }) => headers["content-range"]);
    const last = module.length - 1;
    assert.deepEqual(ranges(at).slice(0, 3), ["0-4194303", "4194304-8388607", `8388608-${last}`]);
    assert.ok(
      at.requests("PATCH").every(({ headers, bytes }) => Number(headers["content-length"]) === bytes),
    );
    const wanting = await registry(context, (_request, response, { method }) => {
      if (method === "POST") response.setHeader("oci-chunk-min-length", 6 * 1024 * 1024);
      return false;
    });
    await push(wanting, image);
    assert.deepEqual(ranges(wanting).slice(0, 2), ["0-6291455", `6291456-${last}`]);
  });

  test("goes on where an upload broke off, and sends what arrived no more", async (context) => {
    const module = largeModule(3 * 1024 * 1024);
    let cuts = 0;
    const arrived = 1024 * 1024;
    const at = await registry(context, async (request, _response, { method, path }) => {
      if (method !== "PATCH" || cuts > 0) return false;
      cuts++;
      const pieces: Buffer[] = [];
      let length = 0;
      for await (const piece of request as AsyncIterable<Buffer>) {
        pieces.push(piece);
        length += piece.length;
        if (length >= arrived) break;
      }
      at.uploads.set(path.split("/").pop()!, Buffer.concat(pieces).subarray(0, arrived));
      request.socket.destroy();
      return true;
    });
    const notes: string[] = [];
    const image = await tinyImage("artifact", { module });
    await push(at, image, { notes });
    const [, second] = at.requests("PATCH");
    assert.equal(second!.headers["content-range"], `${arrived}-${module.length - 1}`);
    assert.equal(second!.bytes, module.length - arrived);
    assert.match(notes.join("\n"), /broke off .*going on from 1048576 of/);
    assert.equal((await pull(at)).digest, image.digest);
  });

  test("begins anew when the registry forgot an upload, and gives up when nothing ever arrives", async (context) => {
    let forgotten = false;
    const forgetful = await registry(context, (_request, response, { method }) => {
      if (method !== "PATCH" || forgotten) return false;
      forgotten = true;
      forgetful.uploads.clear();
      response.writeHead(404).end();
      return true;
    });
    await push(forgetful, await tinyImage("oci"));
    const cutting = await registry(context, (request, _response, { method }) => {
      if (method === "PATCH") request.socket.destroy();
      return method === "PATCH";
    });
    await assert.rejects(push(cutting, await tinyImage("oci")), /broke off .*6 times over: try again later/);
    assert.equal(cutting.requests("PATCH").length, 7);
  });

  test("sends a blob in one piece to a registry that takes no pieces", async (context) => {
    const at = await registry(context, async (request, response, seen) => {
      if (seen.method !== "PATCH") return false;
      await readBody(request, seen);
      return json(response, 405, { errors: [{ code: "UNSUPPORTED" }] });
    });
    await push(at, await tinyImage("oci"));
    assert.equal((await pull(at)).digest, (await tinyImage("oci")).digest);
  });

  test("refuses what a registry changed: a manifest, a blob, the digest it stores under", async (context) => {
    const image = await tinyImage("oci");
    const at = await registry(context);
    await push(at, image);
    const layer = image.manifest.layers[1]!;
    at.blobs.set(layer.digest, Buffer.alloc(layer.size));
    await assert.rejects(pull(at).then(asIstioReads), /damaged or changed/);
    at.blobs.set(layer.digest, Buffer.alloc(layer.size + 1));
    await assert.rejects(pull(at).then(asIstioReads), /more than the \d+ bytes/);
    at.blobs.delete(layer.digest);
    await assert.rejects(pull(at).then(asIstioReads), /lacks its blob/);
    at.script = lyingAbout("GET", "/manifests/");
    await assert.rejects(pull(at), /digest sha256:[0-9a-f]+ for sha256:0{64}: it was damaged or changed/);
    at.script = lyingAbout("PUT", "/manifests/");
    await assert.rejects(push(at, image), /stored the manifest under sha256:0{64}, where its digest is/);
    at.script = lyingAbout("PUT", "/blobs/");
    const another = await tinyImage("oci", { annotations: { another: "1" } });
    await assert.rejects(push(at, another), /stored sha256:[0-9a-f]+ under sha256:0{64}/);
  });
});

describe("trying again", () => {
  test("waits as a busy registry asks, and tries 500 again", async (context) => {
    const answers: [number, Record<string, string>][] = [
      [429, { "retry-after": "1" }],
      [500, {}],
      [503, { "retry-after": "0" }],
    ];
    const at = await registry(context, (_request, response, { method }) => {
      const next = method === "HEAD" ? answers.shift() : undefined;
      if (next !== undefined) response.writeHead(...next).end();
      return next !== undefined;
    });
    const notes: string[] = [];
    const started = performance.now();
    await push(at, await tinyImage("oci"), { notes });
    assert.ok(performance.now() - started >= 1000);
    assert.match(notes[0]!, /answers 429: trying again in 1\.0 s/);
    assert.match(notes[1]!, /answers 500: trying again/);
    assert.equal(notes.length, 3);
  });

  test("reads an answer again that broke off in the middle", async (context) => {
    const at = await registry(context);
    const image = await tinyImage("oci");
    await push(at, image);
    let cut = false;
    at.script = (_request, response, { path }) => {
      if (cut || !path.includes("/blobs/")) return false;
      cut = true;
      response.writeHead(200, { "content-length": 1000 }).write("half of it");
      setTimeout(() => response.destroy(), 20);
      return true;
    };
    assert.equal((await asIstioReads(await pull(at))).accepted, true);
    assert.ok(cut);
  });

  test("gives up after five attempts, with what the registry says", async (context) => {
    const at = await registry(context, (_request, response) =>
      json(response, 503, { errors: [{ code: "TOOMANY", message: "we are full" }] }, { "retry-after": "0" }),
    );
    await assert.rejects(pull(at), /answers 503 \(TOOMANY: we are full\): try again later/);
    assert.equal(at.seen.length, 5);
  });
});

describe("credentials", () => {
  const wantsBasic: Script = (request, response) =>
    request.headers.authorization === basic ? false : unauthorized(response, 'Basic realm="here"');

  test("answers a registry that wants a name and a password, and shows them to none that does not ask", async (context) => {
    const at = await registry(context, wantsBasic);
    await push(at, await tinyImage("oci"), { credential: me });
    assert.equal(at.seen[0]!.headers.authorization, undefined);
    assert.equal(at.seen.filter(({ headers }) => headers.authorization === undefined).length, 1);
    await assert.rejects(
      pull(at),
      /wants a login for acme\/tiny: docker login 127\S+ \(apw image also takes --username/,
    );
    const wrong = { ...me, password: "x" };
    await assert.rejects(
      pull(at, { credential: wrong }),
      /does not take the credentials \(user me, from the test\)/,
    );
    const open = await registry(context);
    await push(open, await tinyImage("oci"), { credential: me });
    assert.ok(open.seen.every(({ headers }) => headers.authorization === undefined));
  });

  /** A registry that wants tokens, with its token server under /token. */
  function wantsTokens(grant: (request: IncomingMessage, body: string) => object | number): Script {
    return async (request, response, seen) => {
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="registry",scope="repository:acme/tiny:pull"`;
      if (!seen.path.startsWith("/token")) {
        return request.headers.authorization?.startsWith("Bearer good")
          ? false
          : unauthorized(response, challenge);
      }
      const answer = grant(request, (await readBody(request, seen)).toString());
      return typeof answer === "number" ? json(response, answer, {}) : json(response, 200, answer);
    };
  }

  test("gets a token from the server that the registry names, for what is to be done", async (context) => {
    const at = await registry(
      context,
      wantsTokens((request) => (request.headers.authorization === basic ? { token: "good" } : 401)),
    );
    await push(at, await tinyImage("oci"), { credential: me });
    const [asked, ...more] = at.seen.filter(({ path }) => path.startsWith("/token"));
    assert.equal(more.length, 0);
    const query = new URL(asked!.path, "http://x").searchParams;
    assert.equal(query.get("service"), "registry");
    assert.deepEqual(query.getAll("scope"), ["repository:acme/tiny:pull,push", "repository:acme/tiny:pull"]);
    await assert.rejects(
      pull(at, { credential: { ...me, password: "no" } }),
      /does not take the credentials/,
    );
    await assert.rejects(pull(at), /wants a login/);
  });

  test("gets a token without credentials where anybody may pull", async (context) => {
    const at = await registry(
      context,
      wantsTokens(() => ({ access_token: "good" })),
    );
    await assert.rejects(pull(at), /has no acme\/tiny:1/);
  });

  test("gets a new token when one has ended in the middle of a push", async (context) => {
    let issued = 0;
    let uses = 0;
    const tokens = wantsTokens(() => ({ token: `good${++issued}`, expires_in: 3600 }));
    const at = await registry(context, (request, response, seen) => {
      if (request.headers.authorization === "Bearer good1" && ++uses > 3)
        return unauthorized(
          response,
          `Bearer realm="http://${request.headers.host}/token",error="invalid_token"`,
        );
      return tokens(request, response, seen);
    });
    await push(at, await tinyImage("oci"), { credential: me });
    assert.equal(issued, 2);
    assert.equal((await pull(at, { credential: me })).digest, (await tinyImage("oci")).digest);
  });

  test("exchanges an identity token by OAuth2, and a password with servers that know nothing else", async (context) => {
    const forms: URLSearchParams[] = [];
    const at = await registry(
      context,
      wantsTokens((request, body) => {
        if (request.method !== "POST") return 405;
        forms.push(new URLSearchParams(body));
        return { access_token: "good" };
      }),
    );
    await push(at, await tinyImage("oci"), { credential: { from: "the test", identityToken: "id" } });
    await pull(at, { credential: me });
    assert.equal(forms[0]!.get("grant_type"), "refresh_token");
    assert.equal(forms[0]!.get("refresh_token"), "id");
    assert.equal(forms[0]!.get("service"), "registry");
    assert.deepEqual([forms[1]!.get("grant_type"), forms[1]!.get("password")], ["password", "pass:word"]);
  });

  test("shows a token from the file of credentials at once, and asks for no other", async (context) => {
    const at = await registry(
      context,
      wantsTokens(() => 500),
    );
    await push(at, await tinyImage("oci"), { credential: { from: "the test", registryToken: "good" } });
    const bad = { from: "the test", registryToken: "bad" };
    await assert.rejects(
      pull(at, { credential: bad }),
      /does not take the credentials \(a token from the test\)/,
    );
  });

  test("follows redirections to other hosts without the credentials", async (context) => {
    const image = await tinyImage("oci");
    const storage = await registry(context);
    await push(storage, image);
    const at = await registry(context, (request, response, { path, method }) => {
      if (request.headers.authorization !== basic) return unauthorized(response, 'Basic realm="here"');
      if (method !== "GET" || !path.includes("/blobs/")) return false;
      response.writeHead(307, { location: `http://${storage.host}${path}?signature=abc` }).end();
      return true;
    });
    at.manifests.set("1", storage.manifests.get("1")!);
    const before = storage.seen.length;
    assert.equal((await asIstioReads(await pull(at, { credential: me }))).accepted, true);
    const followed = storage.seen.slice(before);
    assert.ok(followed.length > 0 && followed.every(({ headers }) => headers.authorization === undefined));
    const circle = await registry(context, (_request, response, { path }) => {
      response.writeHead(302, { location: path }).end();
      return true;
    });
    await assert.rejects(pull(circle), /redirects in a circle/);
  });

  test("uploads to where the registry points, without the credentials when that is another host", async (context) => {
    const storage = await registry(context);
    const at = await registry(context, (request, response, { method, path }) => {
      if (request.headers.authorization !== basic) return unauthorized(response, 'Basic realm="here"');
      if (method !== "POST") return false;
      const name = `upload${storage.uploads.size}`;
      storage.uploads.set(name, Buffer.alloc(0));
      response.writeHead(202, { location: `http://${storage.host}${path}${name}?state=abc` }).end();
      return true;
    });
    const image = await tinyImage("oci");
    await push(at, image, { credential: me });
    assert.equal(storage.blobs.size, 3);
    assert.ok(storage.seen.every(({ headers }) => headers.authorization === undefined));
    assert.ok(at.manifests.has(image.digest));
  });

  test("says of what is forbidden or not there what to look at", async (context) => {
    const denied = { errors: [{ code: "DENIED", message: "requested access is denied" }] };
    const forbids = await registry(context, (_request, response) => json(response, 403, denied));
    await assert.rejects(
      push(forbids, await tinyImage("oci")),
      /forbids pushing to acme\/tiny \(DENIED: requested access/,
    );
    const unknown = { errors: [{ code: "NAME_UNKNOWN" }] };
    const empty = await registry(context, (_request, response) => json(response, 404, unknown));
    await assert.rejects(pull(empty), /has no repository acme\/tiny/);
    await assert.rejects(
      push(empty, await tinyImage("oci")),
      /does not take an upload: it answers 404 \(NAME_UNKNOWN\)/,
    );
    const odd = await registry(context, (_request, response) => unauthorized(response, "Negotiate"));
    await assert.rejects(pull(odd), /asks for negotiate, and apw knows basic and bearer/);
    const astray = await registry(context, (_request, response) =>
      unauthorized(response, 'Bearer realm="file:///x"'),
    );
    await assert.rejects(pull(astray), /which is no http address/);
  });
});

describe("TLS", () => {
  test("is expected of hosts that are not the loopback; --plain-http does without it", async (context) => {
    const at = await registry(context);
    const reference = parseReference(`oci://0.0.0.0:${at.host.split(":")[1]}/acme/tiny:1`);
    const refused = await Repository.open(reference, "pull,push", { environment: nobody });
    await assert.rejects(
      refused.push(await tinyImage("oci"), silent),
      /does not speak TLS: .* say --plain-http/,
    );
    assert.equal(at.seen.length, 0);
    const plain = await Repository.open(reference, "pull,push", { environment: nobody, plainHttp: true });
    await plain.push(await tinyImage("oci"), silent);
  });

  test("says who signed a certificate that nobody trusts, and takes it with its CA", async (context) => {
    const folder = await scratch(context);
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const words = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
    ];
    const name = [
      "-subj",
      "/CN=here",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      key,
      "-out",
      certificate,
    ];
    try {
      await promisify(execFile)("openssl", [...words, ...name]);
    } catch {
      return context.skip("there is no openssl here, which makes a certificate");
    }
    const at = await ScriptedRegistry.start(undefined, {
      key: await readFile(key),
      cert: await readFile(certificate),
    });
    context.after(() => at.stop());
    await assert.rejects(
      push(at, await tinyImage("oci")),
      /certificate of 127\.0\.0\.1:\d+ is signed by nobody .*DEPTH_ZERO_SELF_SIGNED_CERT.* NODE_EXTRA_CA_CERTS/,
    );
    const elsewhere = parseReference(`oci://localhost:${at.host.split(":")[1]}/acme/tiny:1`);
    const environment = { NODE_EXTRA_CA_CERTS: certificate };
    await writeFile(join(folder, "my.wasm"), await pluginWat());
    const trusted = await apwImage(["push", "my.wasm", `oci://${at.host}/acme/tiny:1`], {
      cwd: folder,
      environment,
    });
    assert.equal(trusted.code, 0, trusted.stderr);
    const otherName = await apwImage(["inspect", format(elsewhere)], { cwd: folder, environment });
    assert.equal(otherName.code, 2);
    assert.match(otherName.stderr, /certificate of localhost:\d+ is for another name/);
  });
});

test("apw image push, pull and inspect work as a user runs them, with a password from stdin", async (context) => {
  const folder = await scratch(context);
  await writeFile(join(folder, "my.wasm"), await pluginWat());
  const at = await registry(context, (request, response) =>
    request.headers.authorization === basic ? false : unauthorized(response, 'Basic realm="here"'),
  );
  const target = `oci://${at.host}/acme/my:1`;
  const how = { cwd: folder, stdin: "pass:word\n" };
  const login = ["--username", "me", "--password-stdin"];
  const pushed = await apwImage(["push", "my.wasm", target, ...login], how);
  assert.equal(pushed.code, 0, pushed.stderr);
  const digest = [...at.manifests.keys()].find((name) => name.startsWith("sha256:"))!;
  assert.match(pushed.stdout, new RegExp(`spec:\n {2}url: ${target}\n {2}sha256: ${digest.slice(7)}\n`));
  assert.match(pushed.stderr, /sha256:[0-9a-f]{12} .* sent\n/);
  const words = ["pull", target, "-o", "out.wasm", "--json", ...login];
  const pulled = await apwImage([...words, "--sha256", digest.slice(7)], how);
  assert.equal(pulled.code, 0, pulled.stderr);
  const said = JSON.parse(pulled.stdout) as { moduleSha256: string; output: string };
  assert.equal(said.output, join(folder, "out.wasm"));
  const unfit = await apwImage([...words, "--sha256", said.moduleSha256], how);
  assert.equal(unfit.code, 2);
  assert.match(
    unfit.stderr,
    /has the digest .* the module's own hash, where an oci:\/\/ image goes by its manifest's\n$/,
  );
  const shown = await apwImage(["inspect", `oci://${at.host}/acme/my@${digest}`, ...login], how);
  assert.equal(shown.code, 0, shown.stderr);
  const artifact = await tinyImage("artifact");
  const { manifest } = artifact;
  const one = { ...manifest, layers: manifest.layers.slice(0, 1) };
  at.blobs.set(manifest.layers[0]!.digest, Buffer.from(tinyModule));
  at.manifests.set("one", { body: Buffer.from(JSON.stringify(one)), type: mediaTypes.ociManifest });
  const finding = await apwImage(["inspect", `oci://${at.host}/acme/my:one`, "--json", ...login], how);
  assert.equal(finding.code, 1, finding.stderr);
  const { istio } = JSON.parse(finding.stdout) as { istio: { accepted: boolean; reasons: string[] } };
  assert.equal(istio.accepted, false);
  assert.match(istio.reasons[0]!, /exactly two layers/);
});
