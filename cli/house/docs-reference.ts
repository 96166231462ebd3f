import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { abiPage } from "./docs-abi.js";
import { commandPages } from "./docs-commands.js";
import { pluginPages } from "./docs-plugins.js";
import { sdkPages } from "./docs-sdk.js";

/** A page of the reference: its path below `docs/reference`, and its Markdown. */
export interface Page {
  path: string;
  text: string;
}

/** Writes all pages anew from what they tell of, so that none can be out of date. Gives back their paths. */
export async function writeReference(folder: string): Promise<string[]> {
  const pages = await referencePages();
  await rm(folder, { recursive: true, force: true });
  for (const { path, text } of pages) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return pages.map(({ path }) => path);
}

async function referencePages(): Promise<Page[]> {
  const commands = commandPages();
  const plugins = await pluginPages();
  const sdk = await sdkPages();
  return [
    { path: "index.md", text: overview(commands, plugins, sdk) },
    ...commands,
    ...plugins,
    ...sdk,
    await abiPage(),
  ];
}

function overview(commands: Page[], plugins: Page[], sdk: Page[]): string {
  const list = (pages: Page[]) =>
    pages.map(({ path, text }) => `- [${/^# (.*)$/m.exec(text)![1]}](./${path})`).join("\n");
  return `# Reference

These pages are made from the help of the commands, the schemas of the plugins and the comments in the SDK, each time the
site is built.

## The command apw

${list(commands)}

## Plugins

${list(plugins)}

## The SDK

${list(sdk)}

## The ABI

- [Hostcalls, callbacks and statuses](./abi.md)
`;
}
