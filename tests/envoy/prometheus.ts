/** A line of Envoy's Prometheus page: a value with its labels. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (\S+)$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/g;

/** Reads a page as Prometheus does; throws where that would refuse it. (Prometheus, 'Exposition formats', text) */
export function samplesOf(page: string): Sample[] {
  return page.split("\n").flatMap((text): Sample[] => {
    if (text === "" || text.startsWith("#")) return [];
    const found = line.exec(text);
    if (found === null) throw new Error(`not a line of Prometheus's: ${text}`);
    const labels = [...found[2]!.matchAll(label)].map(([, name, value]): [string, string] => [
      name!,
      value!.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : (escaped as string))),
    ]);
    if (new Set(labels.map(([name]) => name)).size !== labels.length)
      throw new Error(`a label is there twice: ${text}`);
    return [{ name: found[1]!, labels: Object.fromEntries(labels), value: Number(found[3]) }];
  });
}
