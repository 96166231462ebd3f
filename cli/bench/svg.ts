import { ticks } from "d3-array";
import type { Summary } from "../measure/summary.js";
import { scaleOf } from "./boxes.js";
import { type BenchResult, type FigureName, figures } from "./result.js";

/** What is drawn: a panel for each figure, in each a box for every variant. */
export interface Panel {
  title: string;
  boxes: { name: string; values: Summary }[];
}

const [margin, row, panelHead, panelFoot, gap] = [16, 26, 26, 30, 14];
const colours = ["#6b7280", "#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2", "#65a30d"];

/** Box plots as an SVG of its own: no script, no style from elsewhere, text as text. */
export function svg(heading: string, panels: readonly Panel[], remark: string): string {
  const longest = Math.max(...panels.flatMap(({ boxes }) => boxes.map(({ name }) => name.length)), 4);
  const names = Math.min(280, 7.2 * longest + 12);
  const plot = 460;
  const width = 2 * margin + names + plot + 20;
  let y = margin + 30;
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, margin + names, y, plot);
    y += panelHead + panel.boxes.length * row + panelFoot + gap;
    return text;
  });
  const height = y + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escape(heading)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="${margin + 14}" font-size="16" font-weight="600" fill="#111827">${escape(heading)}</text>`,
    ...drawn,
    `<text x="${margin}" y="${y}" font-size="11" fill="#6b7280">${escape(remark)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function drawPanel({ title, boxes }: Panel, left: number, top: number, plot: number): string {
  const [from, to] = scaleOf(boxes.map(({ values }) => values));
  const at = (value: number) => round(left + Math.min(Math.max((value - from) / (to - from), 0), 1) * plot);
  const bottom = top + panelHead + boxes.length * row;
  const grid = ticks(from, to, 6).map(
    (value) =>
      `<line x1="${at(value)}" x2="${at(value)}" y1="${top + panelHead - 6}" y2="${bottom}" stroke="#e5e7eb"/>` +
      `<text x="${at(value)}" y="${bottom + 15}" text-anchor="middle" font-size="11" fill="#6b7280">${Number(value.toPrecision(6))}</text>`,
  );
  const drawn = boxes.map(({ name, values }, index) => {
    const middle = top + panelHead + index * row + row / 2;
    const colour = colours[index % colours.length]!;
    const [lower, upper] = [at(values.lowerQuartile), at(values.upperQuartile)];
    return [
      `<g><title>${escape(`${name}: median ${values.median}, quartiles ${values.lowerQuartile} and ${values.upperQuartile}, ${values.count} rounds`)}</title>`,
      `<text x="${left - 8}" y="${middle + 4}" text-anchor="end" fill="#111827">${escape(name)}</text>`,
      `<line x1="${at(values.minimum)}" x2="${at(values.maximum)}" y1="${middle}" y2="${middle}" stroke="${colour}"/>`,
      `<rect x="${lower}" y="${middle - 7}" width="${Math.max(1, round(upper - lower))}" height="14" fill="${colour}" fill-opacity="0.35" stroke="${colour}"/>`,
      `<line x1="${at(values.median)}" x2="${at(values.median)}" y1="${middle - 7}" y2="${middle + 7}" stroke="${colour}" stroke-width="2.5"/></g>`,
    ].join("");
  });
  return [
    `<text x="${left}" y="${top + 12}" font-weight="600" fill="#374151">${escape(title)}</text>`,
    ...grid,
    ...drawn,
  ].join("\n");
}

const round = (value: number): number => Math.round(value * 10) / 10;

// What XML 1.0 cannot hold in any form goes.
const escape = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");

const drawnFigures: FigureName[] = ["cpuMicroseconds", "throughput", "p50", "p99"];

/** The panels of a measurement in Envoy; of one without it, the time in Node's V8. */
export function panelsOf({ variants, settings }: BenchResult): Panel[] {
  if (settings === null)
    return [
      {
        title: "ns a request, in Node's V8 alone",
        boxes: variants.flatMap(({ name, guest }) => (guest ? [{ name, values: guest.request }] : [])),
      },
    ];
  return drawnFigures.map((figure) => ({
    title: `${figures[figure].title}, ${figures[figure].unit}`,
    boxes: variants.flatMap(({ name, figures: seen }) => (seen ? [{ name, values: seen[figure] }] : [])),
  }));
}

export function svgOf(result: BenchResult): string {
  const { settings, envoy, machine } = result;
  const heading = result.variants
    .filter(({ kind }) => kind !== "baseline")
    .map(({ name }) => name)
    .join(", ");
  const remark =
    settings === null
      ? `Node ${machine.node}, ${machine.processor}`
      : `Envoy ${envoy}, ${settings.rounds} rounds, ${machine.processors} processors (${machine.processor}); boxes: quartiles and median, lines: extremes`;
  return svg(`The cost of ${heading}`, panelsOf(result), remark);
}
