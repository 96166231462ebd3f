/** A line of two texts: in both, or in one of them. */
export interface DiffLine {
  in: "both" | "expected" | "seen";
  text: string;
}

/** More than so many comparisons would not pay. */
const most = 1_000_000;

/** What must be taken away from one text and put in to make the other, as few lines as can be. */
export function lineDiff(expected: string[], seen: string[]): DiffLine[] {
  const only = (side: "expected" | "seen") => (text: string) => ({ in: side, text });
  if (expected.length * seen.length > most)
    return [...expected.map(only("expected")), ...seen.map(only("seen"))];
  // How long the longest common rest is, from each pair of places on.
  const width = seen.length + 1;
  const common = new Uint32Array((expected.length + 1) * width);
  for (let i = expected.length - 1; i >= 0; i--)
    for (let j = seen.length - 1; j >= 0; j--)
      common[i * width + j] =
        expected[i] === seen[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length && j < seen.length) {
    if (expected[i] === seen[j]) {
      lines.push({ in: "both", text: expected[i++]! });
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
      lines.push({ in: "expected", text: expected[i++]! });
    else lines.push({ in: "seen", text: seen[j++]! });
  }
  return [...lines, ...expected.slice(i).map(only("expected")), ...seen.slice(j).map(only("seen"))];
}
