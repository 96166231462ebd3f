import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { processorTime } from "../../cli/measure/processor-time.js";

/** A process that burns as much processor time as it is told in a line, and says how much that was. */
const burner = `
process.stdin.on("data", (line) => {
  const start = process.cpuUsage();
  const used = () => { const { user, system } = process.cpuUsage(start); return (user + system) / 1000; };
  while (used() < Number(line)) for (let i = 0; i < 1e5; i++);
  process.stdout.write(String(used()));
});
process.stdout.write("ready");
`;

describe("processor time", { skip: process.platform !== "linux" && "only Linux tells it" }, () => {
  it("is what a process says that it used, of all its threads, and nothing while it waits", async () => {
    const child = spawn(process.execPath, ["-e", burner], { stdio: ["pipe", "pipe", "inherit"] });
    const heard = async () => String((await once(child.stdout, "data"))[0]);
    try {
      await heard();
      const used: number[] = [];
      for (const milliseconds of [100, 300]) {
        const before = await processorTime(child.pid!);
        child.stdin.write(String(milliseconds));
        const said = Number(await heard());
        const after = await processorTime(child.pid!);
        const seen = (after.nanoseconds - before.nanoseconds) / 1e6;
        assert.ok(Math.abs(seen - said) < 0.2 * said + 5, `${seen} ms seen, ${said} ms said`);
        used.push(seen);
      }
      assert.ok(used[1]! / used[0]! > 2.2 && used[1]! / used[0]! < 3.8, String(used));
      const before = await processorTime(child.pid!);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const idle = (await processorTime(child.pid!)).nanoseconds - before.nanoseconds;
      assert.ok(idle < 20e6, `${idle} ns while it waited`);
    } finally {
      child.kill();
    }
  });

  it("of a process that is not there is an error", async () => {
    await assert.rejects(processorTime(2 ** 22 + 1));
  });
});
