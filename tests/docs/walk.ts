import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { attempt } from "../package/outside.js";
import { type Block, fileOf, isPrinted, placeOf } from "./blocks.js";
import { Going } from "./going.js";
import type { Surroundings } from "./surroundings.js";

/**
 * Does what a reader of a page does, block by block in their order: puts files where their first lines say, runs commands,
 * and looks whether they print what the page shows. What stands behind the fence of a block of commands says more of it:
 *
 * - `exit 1`: it ends with that, in the place of 0.
 * - `until TEXT`: its last command goes on; it is left alone when it has written the text, and Ctrl-C ends it before the
 *   next block that is not `beside`.
 */
export async function walk(page: readonly Block[], folder: string, around: Surroundings): Promise<void> {
  const reader = new Reader(folder, around);
  try {
    for (const block of page) await reader.follow(block);
  } finally {
    await reader.leave();
  }
}

const digest = /\bsha256: [0-9a-f]{64}\b/g;

class Reader {
  /** Where the last command went. */
  private at: string;
  private said = "";
  /** All that was written so far. */
  private printed = "";
  private going: Going | null = null;
  /** Where `apw run` listens, when the port that pages name is taken. */
  private port = "10000";

  constructor(
    private readonly folder: string,
    private readonly around: Surroundings,
  ) {
    this.at = folder;
  }

  async follow(block: Block): Promise<void> {
    if (isPrinted(block)) return assertSaid(this.said, block);
    const path = fileOf(block);
    if (path === undefined) return block.language === "sh" ? this.run(block) : undefined;
    const file = join(this.at, path);
    await mkdir(dirname(file), { recursive: true });
    // A reader copies the digest that was printed last.
    const text = block.text.replace(digest, (shown) => this.printed.match(digest)?.at(-1) ?? shown);
    await writeFile(file, this.around.replaced(text));
  }

  async leave(): Promise<void> {
    await this.going?.end();
    this.going = null;
  }

  private async run(block: Block): Promise<void> {
    if (block.note !== "beside") await this.leave();
    const until = /^until (.*)$/.exec(block.note)?.[1];
    const environment = { NO_COLOR: "1", ...this.around.environment, WALKED_TO: join(this.folder, ".at") };
    const command = this.around.replaced(block.text).replaceAll("127.0.0.1:10000", `127.0.0.1:${this.port}`);
    if (until !== undefined) {
      this.going = await Going.start(this.at, command, environment, until);
      this.said = this.around.restored(this.going.said);
      this.port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(this.going.said)?.[1] ?? "10000";
      return;
    }
    const script = `${command}\npwd > "$WALKED_TO"\n`;
    const { exitCode, output } = await attempt(
      this.at,
      "bash",
      ["-euo", "pipefail", "-c", script],
      environment,
    );
    this.said = this.around.restored(output);
    this.printed += this.said;
    const expected = Number(/^exit (\d+)$/.exec(block.note)?.[1] ?? 0);
    assert.equal(exitCode, expected, `${placeOf(block)}: ${block.text}\n${this.said}`);
    if (expected === 0) this.at = (await readFile(environment.WALKED_TO, "utf8")).trim();
  }
}

/**
 * What the page shows was printed, line by line in this order. Numbers and digests may be others, lines may be left out, and
 * `...` stands for whatever there is; a part may be shown less far in.
 */
export function assertSaid(said: string, block: Block): void {
  const printed = said.split("\n").map(shapeOf);
  let at = 0;
  for (const line of block.text.trimEnd().split("\n").map(shapeOf)) {
    const wanted = new RegExp(`^\\s*${line.split("...").map(escaped).join(".*")}$`);
    const found = printed.findIndex((each, index) => index >= at && wanted.test(each));
    assert.notEqual(found, -1, `${placeOf(block)}: "${line}" is not printed:\n${said}`);
    at = found + 1;
  }
}

const shapeOf = (line: string) =>
  line
    .trimEnd()
    .replaceAll(/\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{4,64}\b/g, "0")
    .replaceAll(/\d[\d,.]*/g, "0")
    // Columns are as wide as what stands in them.
    .replaceAll(/(?<=\S) {2,}/g, "  ")
    .replaceAll(/-{2,}/g, "--");

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
