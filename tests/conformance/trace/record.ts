import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findEnvoy } from "../../../cli/envoy/find.js";
import { conformanceModules } from "../../../cli/plugins.js";
import { conformanceModule } from "../harness.js";
import { recordEnvoy } from "./envoy-stage.js";
import { instrument, type Instrumented } from "./instrument.js";
import type { Recording } from "./recording.js";
import { rooms } from "./rooms.js";

let instrumenting: Promise<Instrumented> | undefined;

/** The conformance plugin, which tells what it does. */
export const tracedModule = (): Promise<Instrumented> =>
  (instrumenting ??= conformanceModule().then(async ({ file }) => instrument(await readFile(file))));

const folder = fileURLToPath(new URL(".", import.meta.url));
const sources = [
  "rooms",
  "envoy-stage",
  "clients",
  "grpc-script",
  "tcp-script",
  "recording",
  "normalise",
  "read",
];

/** A file for a recording, named for all that it depends on. */
async function fileOf(module: Instrumented): Promise<string> {
  const hash = createHash("sha256")
    .update(module.bytes)
    .update((await findEnvoy()).version);
  for (const name of sources) hash.update(await readFile(join(folder, `${name}.ts`)));
  return join(conformanceModules, `trace-${hash.digest("hex").slice(0, 16)}.json`);
}

/** Plays everything on Envoy, and keeps what came of it for `keptEnvoyRecording`. */
export async function newEnvoyRecording(): Promise<Recording> {
  const module = await tracedModule();
  const recording = await recordEnvoy(module, rooms);
  const file = await fileOf(module);
  await mkdir(conformanceModules, { recursive: true });
  const scratch = `${file}.${process.pid}`;
  await writeFile(scratch, JSON.stringify(recording));
  await rename(scratch, file);
  return recording;
}

/** What came of playing everything on Envoy, now or before, with the same module and the same acts. */
export async function keptEnvoyRecording(): Promise<Recording> {
  const kept = await readFile(await fileOf(await tracedModule()), "utf8").catch(() => undefined);
  return kept === undefined ? newEnvoyRecording() : (JSON.parse(kept) as Recording);
}
