import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import type { HttpOutcome } from "../../host/index.js";
import { JwtWorkers } from "./jwt-workers.js";

const REMOTE = { jwks_uri: "http://issuer.example.com/keys", jwks_cluster: "issuer" };
const FAR = 1_900_000_000;

interface Issued {
  jwk: JWK;
  token: string;
}

const issued: Issued[] = [];

/** A key of an issuer's, and a token that it signed. */
const issue = async (kid: string): Promise<Issued> => {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const token = await signed(kid, privateKey);
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg: "EdDSA" }, token };
};
const signed = (kid: string, key: CryptoKey) =>
  new SignJWT({ exp: FAR, kid }).setProtectedHeader({ alg: "EdDSA", kid }).sign(key);
const setOf = (...keys: Issued[]): HttpOutcome => ({
  body: JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }),
});

before(async () => {
  for (let i = 0; i < 4; i++) issued.push(await issue(`key ${i}`));
});

/** Answers that come when the test says so. */
class Slow {
  private readonly open: ((outcome: HttpOutcome) => void)[] = [];
  readonly answer = () => new Promise<HttpOutcome>((resolve) => this.open.push(resolve));

  give(outcome: HttpOutcome): void {
    for (const resolve of this.open.splice(0)) resolve(outcome);
  }
}

/** Lets time pass on workers whose issuer has not answered: nothing of that is waited for. */
async function passUnsettled(
  workers: JwtWorkers,
  milliseconds: number,
  hosts = workers.hosts,
): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 5) {
    workers.setSeconds((workers.milliseconds + 5) / 1000);
    for (const host of hosts) host.tick(5);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

suite("keys that jwt-validator fetches", () => {
  test("are fetched once for all workers and the main thread, and again when they are old", async () => {
    const workers = await JwtWorkers.start({ ...REMOTE, jwks_refresh_seconds: 60 }, 4);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(50);
    assert.equal(workers.fetches.length, 1);
    await workers.pass(1100);
    for (const host of workers.hosts) assert.equal(workers.ask(issued[0]!.token, host).status, 200);
    await workers.pass(57_000);
    assert.equal(workers.fetches.length, 1);
    await workers.pass(3000);
    assert.equal(workers.fetches.length, 2);
    const began = workers.lines.filter((line) => line.startsWith("keys of "));
    assert.deepEqual(began, ["keys of issuer.example.com: 1 can be used"]);
  });

  test("are there at once for a worker, or a configuration, that comes later", async () => {
    const workers = await JwtWorkers.start(REMOTE, 1);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(50);
    const later = await workers.add({ ...REMOTE, audiences: [] });
    assert.equal(workers.ask(issued[0]!.token, later).status, 200);
    assert.equal(workers.fetches.length, 1);
  });

  test("serve once more when nobody has looked after them for long and the issuer is down", async () => {
    const workers = await JwtWorkers.start({ ...REMOTE, jwks_refresh_seconds: 10 }, 1);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(50);
    for (const host of workers.hosts) host.destroy();
    workers.hosts = [];
    workers.setSeconds(workers.milliseconds / 1000 + 5000);
    workers.issuer = () => "refused";
    const later = await workers.add({ ...REMOTE, jwks_refresh_seconds: 10 });
    const asked = workers.send([["authorization", `Bearer ${issued[0]!.token}`]], later);
    assert.equal(asked.now().status, 0);
    await workers.pass(30);
    assert.equal(asked.now().status, 200);
    assert.equal(workers.fetches.length, 2);
    assert.match(workers.lines.at(-1), /could not be fetched: it cannot be reached; the last good ones stay/);
  });

  test("are fetched by another worker when the one that began ends, or stands still", async () => {
    for (const ending of ["ends", "stands still"]) {
      const workers = await JwtWorkers.start(REMOTE, 1);
      const slow = new Slow();
      workers.issuer = slow.answer;
      await passUnsettled(workers, 20);
      assert.equal(workers.fetches.length, 1, ending);
      const other = await workers.add(REMOTE);
      await passUnsettled(workers, 2500, [other]);
      assert.equal(workers.fetches.length, 1, ending);
      if (ending === "ends") workers.hosts[0]!.destroy();
      workers.issuer = () => setOf(issued[0]!);
      await passUnsettled(workers, ending === "ends" ? 1100 : 4600, [other]);
      assert.equal(workers.fetches.length, 2, ending);
      assert.equal(workers.ask(issued[0]!.token, other).status, 200);
      // What the first is told in the end is older than what there is.
      slow.give(setOf(issued[1]!));
      await workers.hosts[0]!.settled();
      await passUnsettled(workers, 2000, [other]);
      assert.equal(workers.ask(issued[0]!.token, other).status, 200, ending);
    }
  });

  test("are fetched once by workers that find out at the same moment that it is time", async () => {
    const workers = await JwtWorkers.start(REMOTE, 2);
    workers.issuer = () => setOf(issued[0]!);
    const [one, other] = workers.hosts;
    const { shared } = workers;
    const set = shared.set.bind(shared);
    let raced = false;
    // The other has read what the one has read, and writes first.
    shared.set = (...args) => {
      if (!raced) {
        raced = true;
        other!.tick(5);
      }
      return set(...args);
    };
    one!.tick(5);
    await workers.pass(100);
    assert.ok(raced);
    assert.equal(workers.fetches.length, 1);
    for (const host of workers.hosts) assert.equal(workers.ask(issued[0]!.token, host).status, 200);
  });

  test("can be rotated while requests run: each change is fetched once, and no good token is refused", async () => {
    const workers = await JwtWorkers.start(REMOTE, 3);
    let published = [issued[0]!];
    workers.issuer = () => setOf(...published);
    await workers.pass(1100);
    assert.equal(workers.fetches.length, 1);
    for (const [turn, key] of issued.slice(1).entries()) {
      published = [issued[turn]!, key];
      const asked = Array.from({ length: 30 }, (_, i) =>
        workers.send(
          [["authorization", `Bearer ${[issued[turn]!, key][i % 2]!.token}`]],
          workers.hosts[i % 3],
        ),
      );
      await workers.pass(2100);
      for (const one of asked) assert.equal(one.now().status, 200);
      assert.equal(workers.fetches.length, 2 + turn);
      for (const one of asked) one.leave();
    }
  });

  test("can be rotated while a fetch is under way that came too early", async () => {
    const workers = await JwtWorkers.start(REMOTE, 1);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(50);
    const slow = new Slow();
    workers.issuer = slow.answer;
    const stranger = workers.send([["authorization", `Bearer ${issued[2]!.token}`]]);
    await passUnsettled(workers, 20);
    assert.equal(workers.fetches.length, 2);
    const good = workers.send([["authorization", `Bearer ${issued[1]!.token}`]]);
    slow.give(setOf(issued[0]!));
    workers.issuer = () => setOf(issued[0]!, issued[1]!);
    await workers.pass(100);
    assert.deepEqual([stranger.now().status, good.now().status], [401, 0]);
    await workers.pass(2000);
    assert.deepEqual([good.now().status, workers.fetches.length], [200, 3]);
  });

  test("are not fetched in a stampede, whatever names of keys are made up", async () => {
    const workers = await JwtWorkers.start(REMOTE, 2);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(1100);
    const before = workers.fetches.length;
    const [, payload, signature] = issued[0]!.token.split(".");
    const made = (kid: string) =>
      `${Buffer.from(JSON.stringify({ alg: "EdDSA", kid })).toString("base64url")}.${payload}.${signature}`;
    let refused = 0;
    const waiting = [];
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 300; i++) {
        const asked = workers.send(
          [["authorization", `Bearer ${made(`${round} ${i}`)}`]],
          workers.hosts[i % 2],
        );
        if (asked.now().status === 0) waiting.push(asked);
        else refused += 1;
      }
      assert.equal(workers.ask(issued[0]!.token).status, 200);
      await workers.pass(200);
    }
    await workers.pass(3500);
    for (const asked of waiting) assert.equal(asked.now().status, 401);
    assert.equal(refused + waiting.length, 6000);
    const fetched = workers.fetches.slice(before);
    assert.ok(fetched.length >= 2 && fetched.length <= 5, String(fetched));
    for (const [i, at] of fetched.slice(1).entries()) assert.ok(at - fetched[i]! >= 2000);
    assert.equal(workers.metric("denied"), 6000);
  });

  test("that a fetch has just not brought are refused at once", async () => {
    const workers = await JwtWorkers.start(REMOTE, 1);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(50);
    const asked = workers.send([["authorization", `Bearer ${issued[1]!.token}`]]);
    assert.equal(asked.now().status, 0);
    await workers.pass(30);
    assert.equal(asked.now().why, "the token's key is not known");
    assert.equal(workers.ask(issued[1]!.token).status, 401);
    await workers.pass(2000);
    assert.equal(workers.ask(issued[1]!.token).status, 0);
  });

  test("stay as they were, whatever the issuer answers", async () => {
    const workers = await JwtWorkers.start({ ...REMOTE, jwks_refresh_seconds: 1 }, 1);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(50);
    const secret = { kty: "oct", k: "A".repeat(43), kid: issued[0]!.jwk.kid };
    const answers: HttpOutcome[] = [
      "timeout",
      "refused",
      "reset",
      "reset in the body",
      "no hosts",
      undefined,
      { status: 500, body: "{}" },
      { status: 302, headers: [["location", "/login"]] },
      { body: "" },
      { body: "<!DOCTYPE html><html></html>" },
      { body: '{"keys":{}}' },
      { body: '{"keys":[]}' },
      { body: '{"keys":[{}],"keys":[]}' },
      { body: JSON.stringify({ keys: [secret] }) },
      { body: JSON.stringify({ keys: [issued[1]!.jwk] }).slice(0, -2) },
      { body: " ".repeat(300_000) + JSON.stringify({ keys: [issued[1]!.jwk] }) },
      { body: `{"keys":[${"[".repeat(100_000)}` },
      { body: Buffer.from([0xff, 0xfe, 0x00]) },
    ];
    for (const [i, outcome] of answers.entries()) {
      const before = workers.fetches.length;
      workers.issuer = () => outcome;
      workers.lines.length = 0;
      while (workers.fetches.length === before) await workers.pass(1000);
      await workers.pass(20);
      assert.equal(workers.ask(issued[0]!.token).status, 200, String(i));
      assert.ok(
        workers.lines.some((line) => line.includes("could not be fetched")),
        `${i}: ${workers.lines.join("; ")}`,
      );
    }
    const gaps = workers.fetches.slice(3).map((at, i) => at - workers.fetches[i + 2]!);
    assert.ok(Math.max(...gaps) < 4000, String(gaps));
    workers.issuer = () => setOf(issued[1]!);
    await workers.pass(4000);
    assert.equal(workers.ask(issued[1]!.token).status, 200);
  });

  test("that take their time make requests wait, but only so many and so long", async () => {
    const workers = await JwtWorkers.start({ ...REMOTE, timeout_ms: 1000 }, 1);
    const slow = new Slow();
    workers.issuer = slow.answer;
    const bearer: [string, string][] = [["authorization", `Bearer ${issued[0]!.token}`]];
    const first = Array.from({ length: 1001 }, () => workers.send(bearer));
    const statuses = first.map((asked) => asked.now().status);
    assert.deepEqual([statuses.filter((status) => status === 0).length, statuses.at(-1)], [1000, 503]);
    for (const asked of first.slice(500)) asked.leave();
    await passUnsettled(workers, 500);
    const second = workers.send(bearer);
    await passUnsettled(workers, 520);
    assert.equal(first[0]!.now().status, 503);
    assert.equal(second.now().status, 0);
    slow.give(setOf(issued[0]!));
    await workers.pass(50);
    assert.equal(second.now().status, 200);
    assert.deepEqual(
      [workers.metric("failed"), workers.metric("allowed"), workers.fetches.length],
      [501, 1, 1],
    );
  });

  test("are looked for while requests that need them come one after the other", async () => {
    const workers = await JwtWorkers.start(REMOTE, 1);
    workers.issuer = () => setOf(issued[0]!);
    await workers.pass(50);
    workers.issuer = () => setOf(issued[0]!, issued[1]!);
    const asked = [];
    for (let i = 0; i < 200; i++) {
      asked.push(workers.send([["authorization", `Bearer ${issued[1]!.token}`]]));
      await workers.pass(0.2, workers.hosts, 0.2);
    }
    assert.equal(workers.fetches.length, 2);
    await workers.pass(50);
    for (const one of asked) assert.equal(one.now().status, 200);
  });

  test("are waited for by tokens of so many bytes only", async () => {
    const workers = await JwtWorkers.start({ ...REMOTE, max_token_size_bytes: 1_000_000 }, 1);
    workers.issuer = () => new Promise<HttpOutcome>(() => {});
    const [header, , signature] = issued[0]!.token.split(".");
    const payload = Buffer.from(JSON.stringify({ exp: FAR, pad: "x".repeat(740_000) })).toString("base64url");
    const token = `${header}.${payload}.${signature}`;
    const most = Math.floor((16 << 20) / token.length);
    const statuses = Array.from(
      { length: 40 },
      () => workers.send([["authorization", `Bearer ${token}`]]).now().status,
    );
    assert.deepEqual(
      statuses,
      Array.from({ length: 40 }, (_, i) => (i < most ? 0 : 503)),
    );
  });

  test("have nobody wait in shadow mode, and decide all the same", async () => {
    const workers = await JwtWorkers.start({ ...REMOTE, shadow: true }, 1);
    const slow = new Slow();
    workers.issuer = slow.answer;
    const asked = workers.send([["authorization", `Bearer ${issued[0]!.token}`]]);
    assert.equal(asked.now().status, 200);
    asked.leave();
    await passUnsettled(workers, 50);
    assert.equal(workers.metric("allowed"), 0);
    slow.give(setOf(issued[0]!));
    await workers.pass(50);
    assert.equal(workers.metric("allowed"), 1);
  });

  test("leave two values in shared data, however often they change", async () => {
    const workers = await JwtWorkers.start({ ...REMOTE, jwks_refresh_seconds: 1 }, 2);
    let turn = 0;
    workers.issuer = () => setOf(issued[turn++ % 4]!);
    await workers.pass(20_000);
    assert.ok(turn > 10);
    const keys = [...workers.shared.entries()].map(([key]) => key).filter((key) => key.includes("jwks"));
    assert.equal(keys.length, 2, keys.join());
  });
});
