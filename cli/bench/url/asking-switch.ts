import { confirm, isCancel } from "@clack/prompts";
import { WrongUse } from "../../terminal.js";
import type { Switch } from "./switch.js";

/** Asks the user at the terminal to turn the plugin on and off by hand. */
export function askingSwitch(): Switch {
  let isOn = true;
  const ask = async (state: "on" | "off") => {
    const answer = await confirm({ message: `Turn the plugin ${state} now. Is it ${state}?` });
    if (isCancel(answer) || !answer)
      throw new WrongUse(`The plugin was not turned ${state}: nothing more was measured.`);
  };
  return {
    description: "asks you to turn the plugin off and on by hand",
    turn: async (state) => {
      if ((state === "on") === isOn) return false;
      await ask(state);
      isOn = state === "on";
      return true;
    },
    restore: async () => {
      if (!isOn) console.error("The plugin is off: turn it on again.");
    },
  };
}
