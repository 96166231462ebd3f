import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { commandPages } from "../../cli/house/docs-commands.js";
import { root } from "../../cli/root.js";

interface Page {
  path: string;
  text: string;
}

/** A copy of what the reference is made of, in which faults are planted. */
let copy: string;
let pagesOf: Record<"sdk" | "plugins" | "abi", () => Promise<Page[]>>;

before(async () => {
  copy = await mkdtemp(join(tmpdir(), "as-proxy-wasm-reference-"));
  for (const name of ["assembly", "cli", "host", "plugins", "package.json"])
    await cp(join(root, name), join(copy, name), { recursive: true });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  const made = async <T>(name: string) =>
    (await import(pathToFileURL(join(copy, "cli", "house", name)).href)) as T;
  const { sdkPages } = await made<{ sdkPages(): Promise<Page[]> }>("docs-sdk.ts");
  const { pluginPages } = await made<{ pluginPages(): Promise<Page[]> }>("docs-plugins.ts");
  const { abiPage } = await made<{ abiPage(): Promise<Page> }>("docs-abi.ts");
  pagesOf = { sdk: sdkPages, plugins: pluginPages, abi: async () => [await abiPage()] };
});
after(() => rm(copy, { recursive: true, force: true }));

/** Makes the pages with a text of a file in the place of another, and puts the file right again. */
async function changed(
  pages: keyof typeof pagesOf,
  file: string,
  from: string | RegExp,
  to: string,
): Promise<Page[]> {
  const path = join(copy, file);
  const text = await readFile(path, "utf8");
  const other = text.replace(from, to);
  assert.notEqual(other, text, `${file} has no ${String(from)}`);
  await writeFile(path, other);
  try {
    return await pagesOf[pages]();
  } finally {
    await writeFile(path, text);
  }
}

const textOf = (pages: Page[], path: string) => pages.find((each) => each.path === path)!.text;

suite("the reference of the SDK", () => {
  test("follows the comments and the signatures", async () => {
    const pages = await changed(
      "sdk",
      "assembly/envoy/dns.ts",
      "Hears which addresses",
      "Is told which addresses",
    );
    assert.match(textOf(pages, "sdk/envoy.md"), /Is told which addresses a name has/);
    const longer = await changed(
      "sdk",
      "assembly/envoy/dns.ts",
      "ttl: u32): void",
      "ttl: u32, more: bool): void",
    );
    assert.match(
      textOf(longer, "sdk/envoy.md"),
      /abstract onResolved\(addresses: string\[\], ttl: u32, more: bool\)/,
    );
  });

  test("cannot be made where something that is exported is gone, or has no comment", async () => {
    const gone = changed("sdk", "assembly/envoy/dns.ts", "class DnsHandler", "class NameHandler");
    await assert.rejects(gone, /assembly\/envoy\/dns\.ts has no DnsHandler/);
    const bare = changed("sdk", "assembly/envoy/dns.ts", "/** Hears which addresses a name has. */\n", "");
    await assert.rejects(bare, /DnsHandler, which assembly\/envoy\/dns\.ts exports, has no comment/);
  });
});

suite("the reference of the plugins", () => {
  const [schema, scenarios] = ["plugins/custom-headers/config.schema.json", "plugins/hello/scenarios"];

  test("follows the schemas and the scenarios", async () => {
    const pages = await changed("plugins", schema, /("header_name": \{[^}]*?"description": ")/, "$1NEW ");
    assert.match(textOf(pages, "plugins/custom-headers.md"), /`header_name` \|.*\| NEW /);
    const [file] = await import("node:fs/promises").then(({ readdir }) => readdir(join(copy, scenarios)));
    const other = await changed("plugins", join(scenarios, file!), /^name: .*$/m, "name: does another thing");
    assert.match(textOf(other, "plugins/hello.md"), /^### does another thing$/m);
  });

  test("cannot be made where a key is not explained, or there is no scenario", async () => {
    const bare = changed("plugins", schema, /("header_name": \{[^}]*?)"description": "[^"]*",?/, "$1");
    await assert.rejects(bare, /does not explain header_name/);
    await rm(join(copy, scenarios), { recursive: true });
    await cp(join(copy, "host", "node"), join(copy, scenarios), { recursive: true });
    await assert.rejects(pagesOf.plugins(), /hello has no scenarios/);
    await rm(join(copy, scenarios), { recursive: true });
    await cp(join(root, scenarios), join(copy, scenarios), { recursive: true });
  });
});

test("the reference of the commands is their help, and cannot be made where that does not explain something", () => {
  const bend = () => new Command("bend").description("bends things").option("--far", "as far as it goes");
  const [page] = commandPages([bend()]);
  assert.match(page!.text, /It bends things\.\n/);
  assert.match(page!.text, /--far {2,}as far as it goes/);
  assert.throws(
    () => commandPages([bend().option("--more")]),
    /the help of apw bend does not explain --more/,
  );
  assert.throws(() => commandPages([bend().argument("<thing>")]), /does not explain thing/);
  assert.throws(() => commandPages([bend().description("")]), /does not explain it/);
});

suite("the reference of the ABI", () => {
  test("has the statuses that each hostcall answers", async () => {
    const [page] = await changed(
      "abi",
      "host/calls/general.ts",
      "access.root?.done() ?? Status.NotFound",
      "Status.ParseFailure",
    );
    const row = (name: string) => new RegExp(`^\\| \`${name}\` \\|.*$`, "m").exec(page!.text)![0];
    assert.match(
      row("proxy_done"),
      /\| `Ok`, `NotFound`, `ParseFailure` \|$/,
      "its own, and that of the comment",
    );
    assert.match(row("proxy_set_shared_data"), /\| `Ok`, `InvalidMemoryAccess`, `CasMismatch` \|$/);
    assert.match(row("proxy_get_buffer_status"), /`buffer: BufferType`, `sizeOut: usize`, `flagsOut: usize`/);
    assert.match(row("proxy_on_tick"), /`onTick` \| The period set by `setTickPeriod` has passed\. \|$/);
  });

  test("cannot be made where nobody says what a hostcall, a callback or a status means", async () => {
    const faults: [file: string, from: string | RegExp, to: string, says: RegExp][] = [
      ["assembly/abi/log.ts", /\/\*\* Writes a line.*\n/, "", /log in .*log\.ts has no comment/],
      ["assembly/abi/log.ts", /proxy_log\b/g, "x", /no import of the hostcall proxy_log/],
      [
        "assembly/envoy/dns.ts",
        "(`envoy_on_resolve_dns`)",
        "",
        /no comment in assembly\/ tells of .* envoy_on_resolve_dns/,
      ],
      ["assembly/abi/status.ts", "  /** It is done. */\n", "", /Status\.Ok has no comment/],
    ];
    for (const [file, from, to, says] of faults)
      await assert.rejects(changed("abi", file, from, to), says, file);
  });
});
