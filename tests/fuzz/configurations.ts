import { generate, mutants, randomFrom } from "../plugins/generate.js";
import type { Json, PluginFolder } from "../plugins/schemas.js";
import { KEY_SET } from "./traffic.js";

type Settings = Record<string, Json>;

/** Settings that lead a plugin into its depths, tried beside those that its schema gives. */
const deeper: Record<string, Settings[]> = {
  "jwt-validator": [
    { jwks: KEY_SET },
    { jwks: KEY_SET, issuer: "https://issuer.example", audiences: ["api"], allow_missing: true },
  ],
};

/** Valid configurations of a plugin, the same for the same seed: its examples, and what its schema makes of them. */
export function validConfigurations(
  { name, schema, isValid }: PluginFolder,
  seed: number,
  count: number,
): Settings[] {
  const random = randomFrom(seed);
  const bases = (schema.examples ?? [{}]) as Settings[];
  const found: Settings[] = [];
  const take = (settings: Settings) => {
    if (isValid(settings)) found.push(settings);
  };
  for (let tries = 0; found.length < count && tries < 400 * count; tries++) {
    const base = bases[Math.floor(random() * bases.length)]!;
    if (random() < 0.25) take(base);
    else if (random() < 0.5) {
      const own = deeper[name] ?? [];
      const more = own.length > 0 && random() < 0.7 ? own[Math.floor(random() * own.length)]! : {};
      const { jwks_uri: _, jwks_cluster: __, ...rest } = base;
      take(more["jwks"] === undefined ? { ...base, measure: true } : { ...rest, ...more });
    } else if (random() < 0.5) {
      const some = generate(schema, schema, random) as Settings;
      take({ ...base, ...some });
    } else {
      const changed = mutants(base, schema);
      if (changed.length > 0) take(changed[Math.floor(random() * changed.length)]!.value as Settings);
    }
  }
  return found;
}
