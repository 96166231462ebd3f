import { bytes, short } from "../cli/bench/words.js";
import { type PeerName } from "./names.js";
import type { Result } from "./result.js";
import { tableOf } from "./table.js";

const [begin, end] = ["<!-- compared: begin -->", "<!-- compared: end -->"];

/** Who stands in the table of the project's README, by the head of the column. */
const columns: readonly [head: string, peer: PeerName][] = [
  ["as-proxy-wasm", "as-proxy-wasm"],
  ["Rust", "rust"],
  ["Go", "go"],
  ["AssemblyScript, 2020", "old-assemblyscript"],
];

const BODY_BYTES = 16 * 1024;

/** What a run saw of each of them, in a line for each figure, and of what is no SDK; "-" is what it did not see. */
export function comparison(result: Result): string {
  const [native, lua, floor] = (["native", "lua", "floor"] as const).map((peer) => added({ peer, result }));
  const beside = `For the same work Envoy's native filter adds ${native}, its Lua filter ${lua}, and a module written by hand that only makes the host calls ${floor}.`;
  return `${table(result)}\n\n${beside}`;
}

function table(result: Result): string {
  const row = (label: string, seen: (of: { peer: PeerName; result: Result }) => string) => [
    label,
    ...columns.map(([, peer]) => seen({ peer, result })),
  ];
  return tableOf(
    ["", ...columns.map(([head]) => head)],
    [
      row("a module that changes headers", ({ peer, result: { modules } }) =>
        figure(modules.find((one) => one.peer === peer && one.workload === "headers")?.bytes, bytes),
      ),
      row("what it adds to a request, processor time", added),
      row("replacing text in a body of 16 KB, in the VM", ({ peer, result: { v8 } }) => {
        const one = v8.find((each) => each.peer === peer && each.bodyBytes === BODY_BYTES);
        return figure(one?.request.minimum, (value) => `${short(value / 1000)} µs`);
      }),
      row("memory of a VM after a million requests", ({ peer, result: { wear } }) => {
        const one = wear.find((each) => each.peer === peer && each.workload === "headers");
        return figure(one?.memory.at(-1)?.bytes, bytes);
      }),
      row("what it adds to the start of Envoy", ({ peer, result: { starts } }) => {
        const quartile = (who: PeerName | null) =>
          starts.find((each) => each.peer === who)?.milliseconds.lowerQuartile;
        const [own, bare] = [quartile(peer), quartile(null)];
        const more = own === undefined || bare === undefined ? undefined : own - bare;
        return figure(more, (value) => `${short(value)} ms`);
      }),
    ],
  );
}

/** A README with the table of the result between its marks. Throws where they are gone. */
export function fillComparison(text: string, result: Result): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has lost ${begin} or ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${comparison(result)}\n\n${text.slice(to)}`;
}

const figure = (value: number | undefined, inWords: (value: number) => string): string =>
  value === undefined ? "-" : inWords(value);

/** The processor time that the header plugin adds to a request in Envoy. */
function added({ peer, result: { envoy } }: { peer: PeerName; result: Result }): string {
  const run = envoy.find(({ id }) => id === "headers");
  const variant = run?.variants.find((one) => one.peer === peer && one.chain === 1);
  return figure(variant?.against?.difference.value, (value) => `${short(value)} µs`);
}
