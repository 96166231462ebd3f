/** Columns as wide as their widest cell; numbers to the right. A cell may hold several lines. */
export function table(head: string[], rows: (string | number)[][]): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => String(cell)))].map((row) =>
    row.map((cell) => cell.split("\n")),
  );
  const widths = head.map((_, column) =>
    Math.max(...cells.flatMap((row) => (row[column] ?? [""]).map((line) => line.length))),
  );
  const toTheRight = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"),
  );
  const lines = cells.flatMap((row) => {
    const height = Math.max(...row.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      row
        .map((cell, column) => {
          const text = cell[line] ?? "";
          const width = widths[column] ?? 0;
          return toTheRight[column] ? text.padStart(width) : text.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    );
  });
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}
