import { existsSync, writeFileSync } from "node:fs";
import { WrongUse } from "../terminal.js";
import { manifestText } from "./change.js";
import { type ClusterOptions, Kubectl } from "./kubectl.js";
import { Output } from "./output.js";
import { gitopsOwner } from "./owners.js";
import { prerequisites, rights } from "./prerequisites.js";
import { kind, nameOf, wasmPlugin } from "./wasm-plugins.js";

export interface UndeployOptions extends ClusterOptions {
  yes?: boolean;
  keep?: string;
  force?: boolean;
}

/** Runs `apw undeploy`. */
export async function undeploy(name: string, options: UndeployOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  const kubectl = new Kubectl(options, out.say);
  if (options.keep !== undefined && existsSync(options.keep) && !options.force)
    throw new WrongUse(`${options.keep} is there already: --force overwrites it`);
  await prerequisites(kubectl, [...rights.remove]);
  const live = await wasmPlugin(kubectl, name);
  const text = await manifestText(live);
  const owner = gitopsOwner(live);
  if (owner !== null) out.say(`${nameOf(live)} is also kept by ${owner}, which will bring it back`);
  if (!kubectl.isDry && !options.yes && !(await isMeant(nameOf(live), out))) {
    out.say("Nothing was deleted.");
    return;
  }
  // Written before it is deleted: what cannot be written must not be lost.
  if (options.keep !== undefined && !kubectl.isDry) writeFileSync(options.keep, text);
  await kubectl.change(["delete", kind, name, "--wait=true"]);
  if (!kubectl.isDry) {
    out.say(`deleted ${nameOf(live)}`);
    if (options.keep !== undefined)
      out.say(`it is kept in ${options.keep}: \`apw deploy ${options.keep}\` brings it back`);
    else if (!out.isJson) out.say(`it was:\n${text.trimEnd()}`);
  } else out.say("Nothing was changed.");
  out.result({
    deleted: !kubectl.isDry,
    name,
    namespace: live.metadata.namespace,
    manifest: text,
    ...(options.keep !== undefined && { kept: options.keep }),
  });
}

async function isMeant(name: string, out: Output): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || out.isJson)
    throw new WrongUse(`--yes is needed where nobody can be asked: this deletes ${name}`);
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: `Delete ${name}?`, initialValue: false });
  return !isCancel(answer) && answer;
}
