import type { PluginFolder } from "../plugins/schemas.js";
import { validConfigurations } from "./configurations.js";
import { reachedBits } from "./coverage.js";
import { pluginModule, stressedPluginModule } from "./module.js";
import { FuzzedVm } from "./vm.js";

export interface PluginLimits {
  callbacks: number;
  /** CPU seconds at most. */
  seconds: number;
  seed: number;
  /** How many callbacks a lap has; each VM does `LAPS` of them. */
  lap: number;
}

/** What became of a plugin. */
export interface PluginOutcome {
  name: string;
  callbacks: number;
  streams: number;
  vms: number;
  seconds: number;
  traps: number;
  blocks: number;
  reached: number;
  /** The most memory of a VM after its second lap, and after its last, in bytes. */
  before: number;
  after: number;
}

/** A plugin trapped, or did what it must not do. */
export class PluginFinding extends Error {
  constructor(plugin: string, seed: number, configuration: unknown, cause: unknown) {
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${plugin}, seed ${seed}, ${JSON.stringify(configuration)}: ${what}`);
  }
}

const LAPS = 5;
/** Of this many VMs one is of a module that collects after each callback, and overwrites what it frees. */
const STRESSED = 6;
export const MOST_MEMORY = 16 << 20;
/** What a VM may take more after its second lap: two pages. */
export const MOST_GROWTH = 2 << 16;

/** Lets VMs of a plugin, each with a configuration and a host of its own, do so many callbacks. Throws a `PluginFinding`. */
export async function fuzzPlugin(
  plugin: PluginFolder,
  { callbacks: most, seconds, seed, lap }: PluginLimits,
  progress: (outcome: PluginOutcome) => void = () => {},
): Promise<PluginOutcome> {
  const shipped = await pluginModule(plugin.name);
  const stressed = await stressedPluginModule(plugin.name);
  const bits = new Uint32Array(Math.ceil(shipped.blocks.count / 32));
  const begun = process.cpuUsage();
  const outcome: PluginOutcome = {
    name: plugin.name,
    callbacks: 0,
    streams: 0,
    vms: 0,
    seconds: 0,
    traps: 0,
    blocks: shipped.blocks.count,
    reached: 0,
    before: 0,
    after: 0,
  };
  const account = () => {
    const { user, system } = process.cpuUsage(begun);
    outcome.seconds = (user + system) / 1e6;
    outcome.reached = bits.reduce((count, word) => count + ones(word), 0);
    progress(outcome);
  };
  while (outcome.callbacks < most && outcome.seconds < seconds) {
    const own = seed + outcome.vms;
    const isStressed = outcome.vms % STRESSED === STRESSED - 1;
    const configurations = validConfigurations(plugin, own, 3);
    if (configurations.length === 0) throw new Error(`no configuration of ${plugin.name} was found`);
    const size = isStressed ? lap >> 4 : lap;
    try {
      const vm = new FuzzedVm((isStressed ? stressed : shipped).module, own, configurations, isStressed);
      let before = 0;
      for (let round = 0; round < LAPS; round++) {
        vm.lap(size);
        if (round === 1) before = vm.memorySize;
      }
      vm.end();
      checkMemory(vm.memorySize, before);
      if (!isStressed) {
        outcome.before = Math.max(outcome.before, before);
        outcome.after = Math.max(outcome.after, vm.memorySize);
        for (const [i, word] of reachedBits(vm.host.exports, shipped.blocks).entries()) bits[i]! |= word;
      }
      outcome.callbacks += vm.callbacks;
      outcome.streams += vm.streamsBegun;
    } catch (error) {
      throw new PluginFinding(plugin.name, own, configurations, error);
    }
    outcome.vms += 1;
    account();
  }
  return outcome;
}

function checkMemory(now: number, before: number): void {
  if (now > MOST_MEMORY) throw new Error(`its memory has ${now} bytes`);
  if (now - before > MOST_GROWTH)
    throw new Error(`its memory grew from ${before} to ${now} bytes, though nothing new happened`);
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
