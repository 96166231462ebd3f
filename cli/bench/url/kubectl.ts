import { execFile } from "node:child_process";
import { MissingPrerequisite } from "../../terminal.js";

/** kubectl did not do it; the message is what it said. */
export class KubectlFailed extends Error {}

const missing =
  "kubectl is not on the PATH, and --wasmplugin needs it: install it, or use --off-url, or --on and --off with commands of your own";

/** Runs kubectl and gives back what it printed. Not in the terminal's group: a Ctrl-C must not break a change off. */
export function kubectl(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: 30_000, maxBuffer: 16 << 20, detached: true };
    execFile("kubectl", [...args, "--request-timeout=20s"], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.code === "ENOENT") return reject(new MissingPrerequisite(missing));
      const said = stderr.trim().split("\n").slice(-3).join(" ");
      reject(new KubectlFailed(said || error.message));
    });
  });
}
