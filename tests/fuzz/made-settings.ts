import type { Json, PluginFolder } from "../plugins/schemas.js";
import type { Random } from "./mutate.js";
import { ValueMutator } from "./values.js";

export type Settings = Record<string, Json>;

/** How many values others are made of. */
const POOL = 512;

/** Settings made of others as values: their texts are JSON, which those that are made of bytes seldom are. */
export class MadeSettings {
  private readonly pool: { settings: Settings; size: number }[];
  private mutator: ValueMutator | null = null;
  private text: Buffer | null = null;
  private settings: Settings = {};
  private reached = 0;
  private taken = 0;

  constructor(
    private readonly plugin: PluginFolder,
    settings: Settings[],
    private readonly largest: number,
  ) {
    this.pool = settings.map((some) => ({ settings: some, size: JSON.stringify(some).length }));
  }

  /** The next ones, half of the time. `reached` is how many blocks have run since. */
  make(random: Random, reached: number): Buffer | null {
    if (reached !== this.reached) {
      this.reached = reached;
      this.keep();
    }
    this.text = null;
    if (random.oneIn(2)) return null;
    this.mutator ??= new ValueMutator(random, this.plugin.schema);
    // What is said in few words costs little, and a fault in it shows as well.
    const [one, other] = [random.pick(this.pool), random.pick(this.pool)];
    const base = one.size < other.size || random.oneIn(4) ? one : other;
    const made = this.mutator.next(base.settings, random.pick(this.pool).settings);
    if (made === null || typeof made !== "object" || Array.isArray(made)) return null;
    // Unknown keys make no difference without it.
    const settings = random.oneIn(16) ? made : { ...made, strict_mode: true };
    const text = Buffer.from(JSON.stringify(settings));
    if (text.length > this.largest) return null;
    this.settings = settings;
    return (this.text = text);
  }

  /** The settings of a text that was made here. */
  settingsOf(text: Buffer): Settings | null {
    return text === this.text ? this.settings : null;
  }

  /** Valid settings were made: now and then others are made of them. */
  takeIn(text: Buffer): void {
    if (text === this.text && ++this.taken % 32 === 0) this.keep();
  }

  private keep(): void {
    if (this.text === null) return;
    const kept = { settings: this.settings, size: this.text.length };
    if (this.pool.length < POOL) this.pool.push(kept);
    else this.pool[this.taken % POOL] = kept;
  }
}
