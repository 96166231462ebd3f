import { nice } from "d3-array";
import type { Summary } from "../measure/summary.js";
import { dim } from "../terminal.js";
import type { FigureName, Variant } from "./result.js";
import { short } from "./words.js";

const width = 56;

/** Boxes of characters, one below the other on one scale: `├─` to the extremes, `▒` between the quartiles, `┃` the median. */
export function boxes(title: string, variants: readonly Variant[], figure: FigureName): string {
  const shown = variants.flatMap(({ name, figures }) => (figures ? [{ name, values: figures[figure] }] : []));
  if (shown.length === 0) return "";
  const [from, to] = scaleOf(shown.map(({ values }) => values));
  const names = Math.max(...shown.map(({ name }) => name.length));
  const at = (value: number) =>
    Math.max(0, Math.min(width - 1, Math.round(((value - from) / (to - from)) * (width - 1))));
  const lines = shown.map(({ name, values }) => {
    const places = Array.from({ length: width }, () => " ");
    const fill = (begin: number, end: number, what: string) => places.fill(what, at(begin), at(end) + 1);
    fill(values.minimum, values.maximum, "─");
    places[at(values.minimum)] = "├";
    places[at(values.maximum)] = values.maximum > to ? "→" : "┤";
    fill(values.lowerQuartile, values.upperQuartile, "▒");
    places[at(values.median)] = "┃";
    return `${name.padEnd(names)} ${places.join("").trimEnd()}`;
  });
  const [left, right] = [short(from), short(to)];
  const axis = `${" ".repeat(names)} ${left}${right.padStart(width - left.length)}`;
  return [title, ...lines, dim(axis)].join("\n");
}

/** From the least of all to the most; where some outlier is far out, to where the boxes are still seen. */
export function scaleOf(values: readonly Summary[]): [number, number] {
  const least = Math.min(...values.map(({ minimum }) => minimum));
  const most = Math.max(...values.map(({ maximum }) => maximum));
  const upper = Math.max(...values.map(({ upperQuartile }) => upperQuartile));
  const [from, to] = nice(least, Math.min(most, least + 3 * Math.max(upper - least, least * 0.02)), 8);
  return to > from ? [from, to] : [from, from + 1];
}
