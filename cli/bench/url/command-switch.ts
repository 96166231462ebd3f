import { spawn } from "node:child_process";
import { WrongUse } from "../../terminal.js";
import type { Switch } from "./switch.js";

/** Has commands of the user's turn the plugin on and off. */
export function commandSwitch(on: string, off: string): Switch {
  let isOn: boolean | null = null;
  const turn = async (state: "on" | "off") => {
    isOn = null; // a command that fails may have done half of its work
    await shell(state === "on" ? on : off, `--${state}`);
    isOn = state === "on";
    return true;
  };
  return {
    description: `runs \`${off}\` to turn the plugin off and \`${on}\` to turn it on`,
    turn,
    restore: async () => {
      if (isOn !== true) await turn("on");
    },
  };
}

/** In a group of its own: a Ctrl-C at the terminal must not break it off half-way. */
function shell(command: string, option: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    const hear = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000));
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new WrongUse(
            `${option} '${command}' ended with ${code ?? signal}: ${output.trim() || "without a word"}`,
          ),
        );
    });
  });
}
