/** Text that is not Markdown, as Markdown that shows it: but for what stands between backticks, which is code already. */
export function plain(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part)))
    .join("");
}

/** The same in a cell of a table. */
export const cell = (text: string) => plain(text).replaceAll("|", "\\|").replaceAll("\n", " ");

/** Code in a line. Braces mean something to Vue, though not in code. */
export const code = (text: string) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Code in a cell of a table. */
export const codeCell = (text: string) => code(text).replaceAll("|", "\\|").replaceAll("\n", " ");

export const block = (language: string, text: string) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("{{", "&#123;&#123;")
    .replaceAll(/[*_[\]]/g, "\\$&");
}
