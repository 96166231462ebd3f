import { type Command, InvalidArgumentError } from "commander";

/** Options of all commands that speak to a cluster. */
export const ofCluster = (command: Command): Command =>
  command
    .option("-n, --namespace <name>", "where the WasmPlugin is; that of kubectl's context without it")
    .option("--context <name>", "a context of the kubeconfig; the current one without it")
    .option("--kubeconfig <file>", "in place of kubectl's own choice")
    .option("--kubectl <program>", "kubectl, where it is not on the PATH under this name")
    .option("--istioctl <program>", "istioctl, where it is not on the PATH under this name")
    .option("--no-istioctl", "does not ask istioctl, where it is there")
    .option("--istio-namespace <name>", "Istio's root namespace; istio-system without it")
    .option("--json", "prints one JSON document");

/** `500ms`, `60s`, `5m`: as milliseconds. */
export function duration(word: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(word) ?? [];
  const factor = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit];
  const milliseconds = Number(number) * factor!;
  if (number === undefined || milliseconds > 24 * 3_600_000)
    throw new InvalidArgumentError("write a time as 500ms, 60s, 5m or 1h, at most 24h");
  return milliseconds;
}

export const collect = (word: string, before: string[] = []): string[] => [...before, word];

export const whole =
  (least: number, most: number) =>
  (word: string): number => {
    const number = Number(word);
    if (!/^\d+$/.test(word) || number < least || number > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return number;
  };

/** Options of the commands that change a WasmPlugin and then see whether that went well. */
export const thatWaits = (command: Command): Command =>
  command
    .option("--timeout <time>", "how long all proxies may need to take it", duration, 120_000)
    .option("--no-wait", "does not wait for the proxies")
    .option("--test-url <url>", "is asked once the proxies have it; fails where it answers 5xx")
    .option("--test-header <name: value>", "a header of that request; as often as you like", collect)
    .option("--expect-status <number>", "the status that it must answer", whole(100, 599))
    .option(
      "--expect-header <name[: value]>",
      "a header that the answer must have; as often as you like",
      collect,
    )
    .option("--test <command>", "a command of yours that ends with 0 when all is well")
    .option("--rollback-on-failure", "takes the change back when something fails")
    .option("--dry-run", "prints each command that would change something, and changes nothing");
