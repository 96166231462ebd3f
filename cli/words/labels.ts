/** Labels of Kubernetes as one writes them: `app=web,tier=front`; null where a word is none. */
export function readLabels(words: string): Record<string, string> | null {
  const pairs = words.split(",").map((word) => /^([A-Za-z0-9._/-]+)=([A-Za-z0-9._-]*)$/.exec(word.trim()));
  if (pairs.some((pair) => pair === null)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!]));
}
