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
  /** How many callbacks a lap has; each VM does ten of them. */
  lap: number;
  /** Whether some VMs are of a module that collects after each callback, which takes a while to compile. */
  stressed: boolean;
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
  /** Which blocks those are, 32 to a number. */
  ran: number[];
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

/** Laps that are all alike, for what the memory does. */
const LAPS = 4;
/** Laps before these, each another. */
const OTHER_LAPS = 6;
/** Of this many VMs one is of a module that collects after each callback, and overwrites what it frees. */
const STRESSED = 6;
const MOST_MEMORY = 16 << 20;

/** Lets VMs of a plugin, each with a configuration and a host of its own, do so many callbacks. Throws a `PluginFinding`. */
export async function fuzzPlugin(
  plugin: PluginFolder,
  { callbacks: most, seconds, seed, lap, stressed: some }: PluginLimits,
  progress: (outcome: PluginOutcome) => void = () => {},
  ranBefore: readonly number[] = [],
): Promise<PluginOutcome> {
  const shipped = await pluginModule(plugin.name);
  const stressed = some ? await stressedPluginModule(plugin.name) : shipped;
  const bits = new Uint32Array(Math.ceil(shipped.blocks.count / 32));
  // Of another module they would say nothing.
  if (ranBefore.length === bits.length) bits.set(ranBefore);
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
    ran: [],
    before: 0,
    after: 0,
  };
  const account = () => {
    const { user, system } = process.cpuUsage(begun);
    outcome.seconds = (user + system) / 1e6;
    outcome.reached = bits.reduce((count, word) => count + ones(word), 0);
    outcome.ran = [...bits];
    progress(outcome);
  };
  while (outcome.callbacks < most && outcome.seconds < seconds) {
    const own = seed + outcome.vms;
    const isStressed = some && outcome.vms % STRESSED === STRESSED - 1;
    const configurations = validConfigurations(plugin, own, 3);
    if (configurations.length === 0) throw new Error(`no configuration of ${plugin.name} was found`);
    const size = isStressed ? lap >> 4 : lap;
    try {
      const vm = new FuzzedVm((isStressed ? stressed : shipped).module, own, configurations, isStressed);
      const laps = (count: number): number => {
        for (let round = 0; round < count; round++) vm.lap(size);
        return vm.memorySize;
      };
      for (let round = 1; round <= OTHER_LAPS; round++) vm.lap(size, own + round * 7919);
      const before = laps(2);
      checkMemory(laps(LAPS - 2), before, laps);
      vm.end();
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

/** Memory that grew may do so until all that there is to remember is there: not in every further lap. */
function checkMemory(now: number, before: number, laps: (count: number) => number): void {
  if (now > before) {
    const then = laps(2 * LAPS);
    const last = laps(2 * LAPS);
    if (last > then) throw new Error(`its memory grew from ${before} to ${now}, ${then} and ${last} bytes`);
  }
  if (now > MOST_MEMORY) throw new Error(`its memory has ${now} bytes`);
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
