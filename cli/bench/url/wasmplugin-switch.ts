import { isDeepStrictEqual } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { WrongUse } from "../../terminal.js";
import { kubectl, KubectlFailed } from "./kubectl.js";
import type { Switch } from "./switch.js";

/**
 * The plugin is turned off by having it match a port on which no proxy listens: Istio then leaves it out of every
 * listener. The object stays, with its labels, owners and history, and what was there is one field to put back.
 */
const nowhere = [{ mode: "CLIENT_AND_SERVER", ports: [{ number: 1 }] }];

interface WasmPlugin {
  spec?: { match?: unknown };
}

export interface WasmPluginSwitchOptions {
  /** Between tries to put back what was found; 2,000 ms without it. */
  retryMilliseconds?: number;
}

/** Turns a WasmPlugin of the cluster that kubectl speaks to off and on. `name` is `namespace/name`, or a name alone. */
export async function wasmPluginSwitch(name: string, options: WasmPluginSwitchOptions = {}): Promise<Switch> {
  const place = placeOf(name);
  const found = await read(place).catch((error: unknown) => {
    if (error instanceof KubectlFailed)
      throw new WrongUse(`--wasmplugin ${name}: kubectl says: ${error.message}`);
    throw error;
  });
  const match = found.spec?.match;
  if (isDeepStrictEqual(match, nowhere))
    throw new WrongUse(
      `WasmPlugin ${name} is still turned off, as an earlier measurement that was killed left it: put spec.match back first (${command(place, "null")} where it had none)`,
    );
  const original = JSON.stringify(match ?? null);
  let isChanged = false;
  const set = async (wanted: unknown) => {
    await kubectl(patch(place, JSON.stringify(wanted ?? null)));
    const now = (await read(place)).spec?.match;
    if (!isDeepStrictEqual(now ?? null, wanted ?? null))
      throw new KubectlFailed(
        `spec.match did not stay as it was set: something else manages this WasmPlugin`,
      );
  };
  const putBack = async () => {
    await set(match);
    isChanged = false;
  };
  return {
    description: `turns WasmPlugin ${name} off and on again by its spec.match; should this be killed meanwhile, ${command(place, original)} turns it on`,
    turn: async (state) => {
      if (state === "on" && !isChanged) return false;
      try {
        isChanged = true; // even when kubectl fails: the change may have arrived
        await (state === "on" ? putBack() : set(nowhere));
        return true;
      } catch (error) {
        if (!(error instanceof KubectlFailed)) throw error;
        throw new WrongUse(`WasmPlugin ${name} could not be turned ${state}: kubectl says: ${error.message}`);
      }
    },
    restore: async () => {
      for (let tries = 1; isChanged; tries++) {
        try {
          await putBack();
        } catch (error) {
          if (tries === 5)
            throw new WrongUse(
              `WasmPlugin ${name} IS STILL TURNED OFF: kubectl says: ${(error as Error).message}\nTurn it on with: ${command(place, original)}`,
            );
          await sleep(options.retryMilliseconds ?? 2000);
        }
      }
    },
  };
}

interface Place {
  name: string;
  /** Null: that of kubectl's context. */
  namespace: string | null;
}

function placeOf(text: string): Place {
  const [, namespace, name] = /^(?:([a-z0-9][-a-z0-9]*)\/)?([a-z0-9][-a-z0-9.]*)$/.exec(text) ?? [];
  if (name === undefined) throw new WrongUse(`--wasmplugin ${text}: write it as namespace/name`);
  return { name, namespace: namespace ?? null };
}

const inNamespace = ({ namespace }: Place) => (namespace === null ? [] : ["-n", namespace]);

async function read(place: Place): Promise<WasmPlugin> {
  const text = await kubectl([
    "get",
    "wasmplugins.extensions.istio.io",
    place.name,
    ...inNamespace(place),
    "-o",
    "json",
  ]);
  return JSON.parse(text) as WasmPlugin;
}

const patch = (place: Place, match: string): string[] => [
  "patch",
  "wasmplugins.extensions.istio.io",
  place.name,
  ...inNamespace(place),
  "--type=merge",
  "-p",
  `{"spec":{"match":${match}}}`,
];

const command = (place: Place, match: string): string =>
  `kubectl ${patch(place, match)
    .map((word) => (/[{"]/.test(word) ? `'${word}'` : word))
    .join(" ")}`;
