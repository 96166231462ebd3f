import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { LoadError, LogLevel, ProxyWasmHost } from "../../host/index.js";
import { withMemory } from "./memory-export.js";
import type { Attempt, Question } from "./attempts.js";

/**
 * A program of its own that answers one line of JSON with another: what the embedded host makes of a module. Whoever
 * asks ends it when a module does not return; an empty line says from when on it is the module's time that runs.
 */
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write("\n");
  process.stdout.write(`${JSON.stringify(await attempt(JSON.parse(line) as Question))}\n`);
}

async function attempt({ file, configuration, rootId }: Question): Promise<Attempt> {
  const log: string[] = [];
  try {
    const host = await ProxyWasmHost.load(withMemory(await readFile(file)), {
      ...(configuration !== undefined && { pluginConfig: configuration }),
      ...(rootId !== undefined && { rootId }),
      logLevel: LogLevel.Warn,
      onLog: (level, message) => log.push(`${LogLevel[level]?.toLowerCase()}: ${message}`),
    });
    return { outcome: host.configured ? "configured" : "unconfigured", reasons: [], log: [...new Set(log)] };
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return { outcome: "refused", reasons: error.reasons, log: [...new Set(log)] };
  }
}
