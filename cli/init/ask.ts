import { type CANCEL_SYMBOL, confirm, isCancel, select, text } from "@clack/prompts";
import { nameProblem } from "./names.js";
import { type PackageManager, packageManagers, wordsOf } from "./package-manager.js";
import { templateNames } from "./templates.js";

/** Somebody pressed Ctrl-C or Escape at a question. */
export class Cancelled extends Error {}

export async function askName(otherwise: string): Promise<string> {
  return answered(
    await text({
      message: "What is the plugin called?",
      placeholder: otherwise,
      defaultValue: otherwise,
      validate: (answer) => (answer ? (nameProblem(answer) ?? undefined) : undefined),
    }),
  );
}

export async function askTemplate(): Promise<string> {
  const options = (await templateNames()).map(({ name, summary, isBundled }) => ({
    value: name,
    label: name,
    hint: isBundled ? `a plugin of the library: ${summary}` : summary,
  }));
  return answered(await select({ message: "What does it begin with?", options, maxItems: 9 }));
}

export async function askPackageManager(otherwise: PackageManager): Promise<PackageManager> {
  return answered(
    await select({
      message: "Which package manager does it use?",
      options: packageManagers.map((name) => ({ value: name, label: name })),
      initialValue: otherwise,
    }),
  );
}

export async function askInstall(packageManager: PackageManager): Promise<boolean> {
  const command = wordsOf[packageManager].install;
  return answered(await confirm({ message: `Run ${command} now?`, initialValue: true }));
}

function answered<T>(answer: T | typeof CANCEL_SYMBOL): T {
  if (isCancel(answer)) throw new Cancelled();
  return answer;
}
