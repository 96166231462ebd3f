import { WrongUse } from "../terminal.js";
import { change } from "./change.js";
import { finish, type FinishOptions } from "./finish.js";
import { same, type Version, versionsOf } from "./history.js";
import { Kubectl } from "./kubectl.js";
import { Output } from "./output.js";
import { ownerWarning } from "./owners.js";
import { prerequisites, rights } from "./prerequisites.js";
import { trialsFrom } from "./test-request.js";
import { nameOf, wasmPlugin } from "./wasm-plugins.js";

export interface RollbackOptions extends FinishOptions {
  to?: number;
}

/** Runs `apw rollback`. */
export async function rollback(name: string, options: RollbackOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  trialsFrom(options);
  const kubectl = new Kubectl(options, out.say);
  await prerequisites(kubectl, [...rights.write, ...(options.wait ? rights.look : [])]);
  const live = await wasmPlugin(kubectl, name);
  const target = chosen(nameOf(live), versionsOf(live), options.to);
  out.say(
    `${nameOf(live)}: back to version ${target.number} (${target.spec.url}), ${target.what} by ${target.by} at ${target.at}`,
  );
  const warning = ownerWarning(live);
  if (warning !== null) out.say(warning);
  const since = new Date();
  const what = `rollback to ${target.number}`;
  const done = await change(kubectl, { metadata: live.metadata, spec: target.spec }, what);
  await finish(kubectl, [done], options, out, since);
}

/** The version that is named; else the newest that is not as it is now. */
export function chosen(name: string, versions: readonly Version[], to: number | undefined): Version {
  const [current, ...before] = versions as [Version, ...Version[]];
  if (to !== undefined) {
    const found = versions.find(({ number }) => number === to);
    if (found !== undefined) return found;
    const there = versions.map(({ number }) => number).join(", ");
    throw new WrongUse(`${name} has no version ${to}: there are ${there} (apw versions shows them)`);
  }
  const found = before.find(({ spec }) => !same(spec, current.spec));
  if (found === undefined)
    throw new WrongUse(
      `${name} has no version before this one: apw keeps them from its first deploy or update on, and this is all it knows of`,
    );
  return found;
}
