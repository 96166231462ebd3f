import { distanceOf } from "../host/nearest.js";

/** The name among `names` that somebody probably meant; null when none is near. */
export function near(name: string, names: readonly string[]): string | null {
  const same = names.find((other) => plain(other) === plain(name));
  if (same !== undefined) return same;
  const limit = Math.max(1, Math.floor(name.length / 3));
  const distances = names.map((other) => [distance(plain(name), plain(other)), other] as const);
  const [best] = distances.sort(([one], [other]) => one - other);
  return best !== undefined && best[0] <= limit ? best[1] : null;
}

/** True where another name is just as near as the one that `near` gives: then nobody but the user can choose. */
export function isAmbiguous(name: string, names: readonly string[]): boolean {
  if (names.some((other) => plain(other) === plain(name))) return false;
  const [first, second] = names
    .map((other) => distance(plain(name), plain(other)))
    .sort((one, other) => one - other);
  return first !== undefined && first === second;
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** What begins as the other does is one step away, as one is who stopped writing. */
function distance(name: string, other: string): number {
  const isBegun = name.length >= 3 && (other.startsWith(name) || name.startsWith(other));
  return isBegun ? 1 : distanceOf(name, other);
}
