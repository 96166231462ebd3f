import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { hostOf } from "./module.js";
import { PlayedStream, REQUEST, answerHttpCall } from "./play.js";
import type { ScriptedHost } from "./scripted-host.js";

const MANY_STREAMS = 10_000;
const FEW_STREAMS = 10;
const MANY_CALLS = 1_000;
const ROUNDS = 2_000;
const CYCLES = 10;
/** How much dearer a callback may be among many. */
const MOST = 1.5;
/** The same with memory that the processor's caches do not hold. */
const MOST_UNCACHED = 3;
const TIMES = 5;

const script = (text: string): [string, string][] => [...REQUEST, ["x-script", text]];

/** A host that spends as little of its own as it can. */
async function quietHost(): Promise<{ host: ScriptedHost; root: number }> {
  const host = await hostOf("scripted");
  const root = host.start();
  host.recording = false;
  host.on("proxy_log", 0);
  return { host, root };
}

function open(host: ScriptedHost, root: number, count: number, text: string): PlayedStream[] {
  return Array.from({ length: count }, () => {
    const stream = new PlayedStream(host, root);
    stream.requestHeaders(script(text), false);
    return stream;
  });
}

/** Nanoseconds that something takes. */
interface Cost {
  median: number;
  /** Collections included, and whatever else the machine does: it is shown and not judged. */
  mean: number;
}

interface Crowd {
  host: ScriptedHost;
  root: number;
  streams: PlayedStream[];
}

/** Something that is done in a crowd, for one of its streams. */
type Deed = (crowd: Crowd, stream: PlayedStream) => unknown;

/** Does it for as many of the crowd as are named. */
function measureOnce(crowd: Crowd, named: number, run: Deed): Cost {
  const times: number[] = [];
  const begin = process.hrtime.bigint();
  for (let round = 0; round < ROUNDS; round++) {
    const stream = crowd.streams[(round * 3) % named]!;
    const start = process.hrtime.bigint();
    run(crowd, stream);
    times.push(Number(process.hrtime.bigint() - start));
  }
  const mean = Math.round(Number(process.hrtime.bigint() - begin) / ROUNDS);
  return { median: times.sort((a, b) => a - b)[ROUNDS >> 1]!, mean };
}

/** What it takes among few and among many, in turn and the least of several: what else the machine does matters less. */
function assertFlat(name: string, few: Crowd, many: Crowd, run: Deed, named = FEW_STREAMS): void {
  const least = [few, many].map(() => ({ median: Infinity, mean: Infinity }));
  for (let time = 0; time < TIMES; time++) {
    for (const [index, crowd] of [few, many].entries()) {
      const cost = measureOnce(crowd, Math.min(named, crowd.streams.length), run);
      const best = least[index]!;
      best.median = Math.min(best.median, cost.median);
      best.mean = Math.min(best.mean, cost.mean);
    }
  }
  const [cheap, dear] = least as [Cost, Cost];
  const shown = ({ median, mean }: Cost): string => `${median} ns (mean ${mean})`;
  console.log(`${name}: ${shown(cheap)} among few, ${shown(dear)} among many`);
  const most = named === FEW_STREAMS ? MOST : MOST_UNCACHED;
  assert.ok(dear.median <= cheap.median * most, name);
}

async function crowd(size: number, script: string): Promise<Crowd> {
  const { host, root } = await quietHost();
  return { host, root, streams: open(host, root, size, script) };
}

/** Ends all, and sees that nothing is left. */
function disperse({ host, root, streams }: Crowd): void {
  for (const token of [...host.waiting.keys()]) answerHttpCall(host, root, token);
  for (const stream of streams) stream.close();
  assert.equal(host.ask("answersPending"), 0);
  assert.equal(host.ask("contextsAlive"), 1);
}

suite("many at once", () => {
  test("cost no more each: 10,000 open streams", async () => {
    const few = await crowd(FEW_STREAMS, "");
    const many = await crowd(MANY_STREAMS, "");
    const body: Deed = ({ host }, stream) => host.call("proxy_on_request_body", stream.id, 0, 0);
    assertFlat("a body callback", few, many, body);
    assertFlat("a body callback of each in turn", few, many, body, MANY_STREAMS);
    assertFlat("a stream from first to last", few, many, ({ host, root }) => {
      const [stream] = open(host, root, 1, "");
      stream!.responseHeaders();
      stream!.close();
    });
    disperse(few);
    disperse(many);
  });

  test("cost no more each: 1,000 calls in flight", async () => {
    const few = await crowd(FEW_STREAMS, "requestHeaders: call");
    const many = await crowd(MANY_CALLS, "requestHeaders: call");
    assert.equal(many.host.ask("answersPending"), MANY_CALLS);
    assertFlat("a call and its answer", few, many, ({ host, root }) => {
      const [stream] = open(host, root, 1, "requestHeaders: call");
      answerHttpCall(host, root, host.lastToken, { headers: [[":status", "200"]], body: "answer" });
      stream!.close();
    });
    disperse(few);
    disperse(many);
  });

  test("give everything back: ten times 10,000 streams with 1,000 calls", async () => {
    const { host, root } = await quietHost();
    const uses: number[] = [];
    const sizes: number[] = [];
    let most = 0;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const calling = open(host, root, MANY_CALLS, "requestHeaders: call");
      const streams = calling.concat(open(host, root, MANY_STREAMS - MANY_CALLS, ""));
      assert.equal(host.ask("contextsAlive"), MANY_STREAMS + 1);
      assert.equal(host.ask("answersPending"), MANY_CALLS);
      most = Math.max(most, host.ask("inUse"));
      // Half of the answers find that their stream has gone.
      const tokens = [...host.waiting.keys()];
      for (const token of tokens.slice(0, MANY_CALLS / 2))
        answerHttpCall(host, root, token, { headers: [[":status", "200"]] });
      for (const stream of streams) stream.close();
      for (const token of tokens.slice(MANY_CALLS / 2)) answerHttpCall(host, root, token);
      assert.equal(host.ask("contextsAlive"), 1);
      assert.equal(host.ask("answersPending"), 0);
      host.ask("collect");
      uses.push(host.ask("inUse"));
      sizes.push(host.memory.buffer.byteLength);
    }
    console.log(
      `${most} bytes in use with ${MANY_STREAMS} streams and ${MANY_CALLS} calls, ` +
        `${uses.at(-1)} afterwards; memory of ${sizes.at(-1)} bytes`,
    );
    assert.deepEqual(uses.slice(1), Array(CYCLES - 1).fill(uses[1]), "in use after each cycle");
    // From the second cycle on there is room for all, but for the texts with numbers that grow by a digit.
    assert.ok(sizes.at(-1) <= sizes[1]! * 1.05, `memory after each cycle: ${sizes.join(", ")}`);
    assert.ok(uses.at(-1) < most / 20, `${uses.at(-1)} of ${most} bytes are still in use`);
  });
});
