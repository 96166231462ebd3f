import { table } from "../../table.js";
import { bold, dim, yellow } from "../../terminal.js";
import { type Panel, svg } from "../svg.js";
import { failureLine, limitLine } from "../show.js";
import { short, whole } from "../words.js";
import { urlFigureNames, urlFigures, type UrlResult } from "./url-result.js";
import { overhead } from "./url-verdict.js";

const say = (name: string) => (name === "throughput" ? whole : short);

function rows({ on, off, against }: UrlResult): string[][] {
  return urlFigureNames.map((name) => [
    `${urlFigures[name].title}, ${urlFigures[name].unit}`,
    off.figures ? say(name)(off.figures[name]) : "-",
    on.figures ? say(name)(on.figures[name]) : "-",
    against ? overhead(against[name]) : "-",
  ]);
}

const columns = ["", "plugin off", "plugin on", "overhead"];

const said = ({ request, requests, connections, rate, how }: UrlResult): string =>
  `${request}; ${whole(requests)} requests on each side, ${connections} at once${rate === null ? "" : `, ${whole(rate)} a second`}; ${how}`;

export function urlShown(result: UrlResult): string {
  const { on, off, notes, limits, verdict } = result;
  const legend = dim("Figures are of all good answers; the ranges hold with 95 % confidence.");
  const parts = [said(result), `${table(columns, rows(result))}\n${legend}`];
  if (notes.length > 0) parts.push(notes.map((note) => `${yellow("note:")} ${note}`).join("\n"));
  parts.push(bold(verdict));
  if (limits.length > 0) parts.push(limits.map(limitLine).join("\n"));
  const sides = [
    { name: "plugin on", ...on },
    { name: "plugin off", ...off },
  ].filter(({ failures }) => Object.keys(failures).length > 0);
  if (sides.length > 0) parts.push(sides.map(failureLine).join("\n"));
  return parts.join("\n\n");
}

export function urlMarkdown(result: UrlResult): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  const parts = [
    "# A service with the plugin on and off",
    `${said(result)}.`,
    [line(columns), line(columns.map(() => "---")), ...rows(result).map(line)].join("\n"),
    `**${result.verdict}**`,
    ...result.notes.map((note) => `> ${note}`),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The pieces in which the sides were measured, as box plots. */
export function urlSvg(result: UrlResult): string {
  const panels = urlFigureNames.map((name): Panel => ({
    title: `${urlFigures[name].title}, ${urlFigures[name].unit}`,
    boxes: (["off", "on"] as const).flatMap((state) => {
      const { pieces } = result[state];
      return pieces ? [{ name: `plugin ${state}`, values: pieces[name] }] : [];
    }),
  }));
  return svg(
    "A service with the plugin on and off",
    panels.filter(({ boxes }) => boxes.length > 0),
    said(result),
  );
}
