import type { Fields } from "./headers.js";

/** Fields that differ from one request to the next by themselves. */
const ofTheMoment = new Set(["date", "x-envoy-upstream-service-time", "x-request-id", "host", ":authority"]);

/**
 * What happened to the fields between two messages: `+ name: value`, `- name: value`, `~ name: before -> after`.
 * Fields that say nothing about it are left out: those of the moment, unless others are named.
 */
export function differences(
  before: Fields,
  after: Fields,
  leftOut: ReadonlySet<string> = ofTheMoment,
): string[] {
  const names = new Set([...before, ...after].map(([name]) => name.toLowerCase()));
  return [...names]
    .filter((name) => !leftOut.has(name))
    .flatMap((name) => {
      const [old, now] = [before.all(name), after.all(name)];
      if (old.join("\0") === now.join("\0")) return [];
      if (old.length === 1 && now.length === 1) return [`~ ${name}: ${old[0]} -> ${now[0]}`];
      return [
        ...old.filter((value) => !now.includes(value)).map((value) => `- ${name}: ${value}`),
        ...now.filter((value) => !old.includes(value)).map((value) => `+ ${name}: ${value}`),
      ];
    });
}
