import type { AllowedDifference } from "./differences.js";
import type { Recording } from "./recording.js";

/** Neighbouring lines of an act that differ. */
export interface Difference {
  act: string;
  envoy: string[];
  embedded: string[];
}

/** All that is not the same in two recordings. */
export function compare(envoy: Recording, embedded: Recording): Difference[] {
  const acts = [...new Set([...Object.keys(envoy), ...Object.keys(embedded)])];
  return acts.flatMap((act) =>
    hunks(envoy[act] ?? [], embedded[act] ?? []).map((hunk) => ({ act, ...hunk })),
  );
}

/** Those that the list does not explain, and those of the list that there were not. */
export function judge(
  differences: readonly Difference[],
  allowed: readonly AllowedDifference[],
): { unlisted: Difference[]; unseen: AllowedDifference[] } {
  const explains = ({ acts, lines }: AllowedDifference, { act, envoy, embedded }: Difference) =>
    acts.test(act) && [...envoy, ...embedded].every((line) => lines.test(line));
  return {
    unlisted: differences.filter((one) => !allowed.some((entry) => explains(entry, one))),
    unseen: allowed.filter((entry) => !differences.some((one) => explains(entry, one))),
  };
}

/** For people. */
export const shown = ({ act, envoy, embedded }: Difference): string =>
  [act, ...envoy.map((line) => `  - ${line}`), ...embedded.map((line) => `  + ${line}`)].join("\n");

/** Lines of two lists that differ, by their longest common subsequence. */
function hunks(left: readonly string[], right: readonly string[]): { envoy: string[]; embedded: string[] }[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let end = 0;
  while (
    end < left.length - start &&
    end < right.length - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  )
    end++;
  const [a, b] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  if (a.length === 0 && b.length === 0) return [];
  // Where nearly nothing is the same, nobody wants to know what is.
  if (a.length * b.length > 4_000_000) return [{ envoy: a, embedded: b }];
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
  const found: { envoy: string[]; embedded: string[] }[] = [];
  let open: { envoy: string[]; embedded: string[] } | undefined;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      open = undefined;
      i++;
      j++;
      continue;
    }
    if (open === undefined) found.push((open = { envoy: [], embedded: [] }));
    const takesLeft =
      j >= b.length || (i < a.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!);
    if (takesLeft) open.envoy.push(a[i++]!);
    else open.embedded.push(b[j++]!);
  }
  return found;
}
