type Cell = string | number;

const cell = (text: Cell): string => String(text).replace(/\|/g, "\\|").replace(/\s+/g, " ");

/** A table of Markdown, as Prettier would set it: columns as wide as their widest cell. */
export function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [head, ...rows].map((row) => row.map(cell));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => [...row[column]!].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text + " ".repeat(widths[column]! - [...text].length)).join(" | ")} |`;
  const [first, ...others] = all;
  return [line(first!), line(widths.map((width) => "-".repeat(width))), ...others.map(line)].join("\n");
}
