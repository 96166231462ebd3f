import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { availableParallelism, loadavg } from "node:os";
import { usageOf } from "../../cli/envoy/usage.js";
import { request } from "../../cli/request.js";
import { descendantsOf, greeter, isAlive, Run, withProject } from "./run-harness.js";

const greetingOf = async (run: Run) => (await request(run.port, { path: "/" })).headers.get("hello");

const connections = 8;

/**
 * Sends requests at a steady rate, over connections that stay, until it is told to stop; gives back the status and the
 * greeting of each answer. Each connection waits for an answer before it asks again, so that a machine that is busy
 * with other things has fewer requests, and none that wait in a queue.
 */
function steadily(port: number, perSecond: number): () => Promise<string[]> {
  const answers: string[] = [];
  let goesOn = true;
  const one = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let due = performance.now(); goesOn; due = Math.max(due, performance.now() - 1000)) {
      await sleep(Math.max(0, due - performance.now()));
      answers.push(await ask(port, agent));
      due += (1000 * connections) / perSecond;
    }
    agent.destroy();
  };
  const all = Array.from({ length: connections }, one);
  return async () => {
    goesOn = false;
    await Promise.all(all);
    return answers;
  };
}

function ask(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const asked = get({ port, host: "127.0.0.1", agent, timeout: 60_000 }, (response) => {
      response.resume();
      response.on("end", () => resolve(`${response.statusCode} ${response.headers["hello"] as string}`));
      response.on("error", (error) => resolve(`failed: ${error.message}`));
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within a minute")));
    asked.on("error", (error) => resolve(`failed: ${error.message}`));
  });
}

/** What a process and those that it started have used so far. */
async function cpuSeconds(pid: number): Promise<number> {
  const pids = [pid, ...(await descendantsOf(pid))];
  const used = await Promise.all(pids.map((each) => usageOf(each).catch(() => ({ cpuSeconds: 0 }))));
  return used.reduce((sum, { cpuSeconds: seconds }) => sum + seconds, 0);
}

/** How long after `change` a request is answered as `wanted`, in milliseconds. */
async function liveAfter(run: Run, change: () => Promise<void>, wanted: string): Promise<number> {
  await change();
  const saved = performance.now();
  while ((await greetingOf(run)) !== wanted) {
    if (performance.now() - saved > 60_000) assert.fail(`never live; told: ${run.told()}`);
    await sleep(10);
  }
  return performance.now() - saved;
}

for (const host of ["envoy", "embedded"]) {
  test(`run --watch on ${host}: edits are live, none of the requests is lost, what is wrong changes nothing, and Ctrl-C ends it all`, async (context) => {
    const files = { "assembly/index.ts": greeter("one"), "config.json": "{}" };
    await withProject(files, async (folder) => {
      const run = await Run.start(["--watch", "--host", host, "--no-diff", "--config", "config.json"], {
        cwd: folder,
      });
      try {
        const source = join(folder, "assembly", "index.ts");
        const edit = (greeting: string) => () => writeFile(source, greeter(greeting));
        assert.equal(run.ready.host, host);
        assert.equal(await greetingOf(run), "one");

        // An edit is live in under 3 s. On a machine that is busy with other things the time on the clock says little:
        // there the processor time counts that the run's own processes took for it.
        const times: number[] = [];
        const costs: number[] = [];
        for (let round = 0; round < 5 && !times.some((time) => time < 3000); round++) {
          const before = await cpuSeconds(run.child.pid!);
          times.push(await liveAfter(run, edit(`two ${round}`), `two ${round}`));
          costs.push((await cpuSeconds(run.child.pid!)) - before);
        }
        const measured = `live after ${times.map(Math.round).join(", ")} ms, with ${costs.map((cost) => cost.toFixed(1)).join(", ")} s of processor time`;
        context.diagnostic(measured);
        const isBusy = loadavg()[0]! > 2 * availableParallelism();
        assert.ok(Math.min(...times) < 3000 || (isBusy && Math.min(...costs) < 2), measured);

        // 200 requests a second through ten reloads.
        const stop = steadily(run.port, 200);
        context.after(stop);
        for (let reload = 0; reload < 10; reload++) {
          const mark = run.events.length;
          await edit(`reload ${reload}`)();
          await run.event("rebuilt", undefined, mark);
        }
        await sleep(200);
        const answers = await stop();
        context.diagnostic(`${answers.length} requests through ten reloads`);
        assert.ok(answers.length > 200, `${answers.length} requests`);
        const strange = answers.filter((answer) => !/^200 (two \d|reload \d)$/.test(answer));
        assert.deepEqual(strange, []);
        assert.ok(new Set(answers).size > 3, "the greetings changed under way");
        assert.equal(await greetingOf(run), "reload 9");

        // A broken edit.
        let mark = run.events.length;
        await writeFile(source, greeter("broken").replace("HeadersAction.Continue", "HeadersAction.Continu"));
        const error = await run.event("error", undefined, mark);
        assert.equal(error.kind, "compile");
        assert.match(error.message, /Property 'Continu' does not exist/);
        assert.match(error.message, /return HeadersAction\.Continu;\n.*~~~/);
        assert.equal(await greetingOf(run), "reload 9");
        await liveAfter(run, edit("mended"), "mended");

        // The configuration: one that is taken, one that the plugin refuses, one that is no JSON.
        const configuration = join(folder, "config.json");
        await liveAfter(run, () => writeFile(configuration, '{"greeting": "told"}'), "told");
        mark = run.events.length;
        await writeFile(configuration, '{"greeting": 7}');
        const refused = await run.event("error", undefined, mark);
        assert.equal(refused.kind, "refused");
        assert.match(refused.message, /greeting: expected a string/);
        assert.equal(await greetingOf(run), "told");
        mark = run.events.length;
        await writeFile(configuration, '{"greeting": ');
        assert.equal((await run.event("error", undefined, mark)).kind, "configuration");
        assert.equal(await greetingOf(run), "told");
        await liveAfter(run, () => writeFile(configuration, '{"greeting": "again"}'), "again");
        await liveAfter(run, () => writeFile(configuration, "{}"), "mended");

        const { port } = run;
        const started = await descendantsOf(run.child.pid!);
        assert.ok(started.length > 0, "there are processes to end");
        assert.equal(await run.stop("SIGINT"), 0);
        for (const deadline = Date.now() + 5000; Date.now() < deadline; await sleep(50))
          if (!(await Promise.all(started.map(isAlive))).includes(true)) break;
        assert.deepEqual(
          await Promise.all(started.map(isAlive)),
          started.map(() => false),
        );
        await listenOnce(port);
      } finally {
        await run.stop();
      }
    });
  });
}

const listenOnce = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
