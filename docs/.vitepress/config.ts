import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig } from "vitepress";

const docs = dirname(dirname(fileURLToPath(import.meta.url)));

/** The guides in the order in which they are best read. Those that are not there are left out, others come last. */
const guides: Record<string, [string, string][]> = {
  Begin: [
    ["first-plugin", "Your first plugin"],
    ["concepts", "How a request runs"],
    ["assemblyscript-for-typescript-people", "AssemblyScript for TypeScript people"],
  ],
  Write: [
    ["configuration", "Configuration"],
    ["headers", "Headers"],
    ["bodies", "Bodies"],
    ["callouts", "Callouts"],
    ["shared-state", "Shared state"],
    ["timers", "Timers"],
    ["metrics-and-logs", "Metrics and logs"],
    ["tcp", "TCP"],
    ["grpc", "gRPC"],
    ["security", "Security"],
    ["performance", "Performance"],
    ["memory", "Memory"],
    ["reliability", "Reliability"],
  ],
  Test: [
    ["testing", "Testing"],
    ["scenarios", "Scenarios"],
    ["debugging-a-trap", "Debugging a trap"],
  ],
  Ship: [
    ["deploying", "Deploying"],
    ["images", "Images"],
    ["manifests", "Manifests"],
    ["roll-out", "Roll out and back"],
    ["monitoring", "Monitoring"],
    ["troubleshooting", "Troubleshooting"],
  ],
  Move: [
    ["moving-from-the-old-sdk", "From the old SDK"],
    ["moving-from-rust", "From Rust"],
    ["moving-from-go", "From Go"],
  ],
  Inside: [["inside", "How it works inside"]],
};

/** What `npm run docs:reference` has written. */
const reference: Record<string, string> = { apw: "The command apw", plugins: "Plugins", sdk: "SDK" };

function guideGroups(): DefaultTheme.SidebarItem[] {
  const known = new Set(Object.values(guides).flatMap((pages) => pages.map(([page]) => page)));
  const others = readdirSync(docs)
    .filter((file) => file.endsWith(".md") && file !== "index.md")
    .map((file) => file.slice(0, -".md".length))
    .filter((page) => !known.has(page))
    .map((page): [string, string] => [page, titleOf(page)]);
  return Object.entries({ ...guides, More: others })
    .map(([text, pages]) => ({
      text,
      items: pages
        .filter(([page]) => existsSync(join(docs, `${page}.md`)))
        .map(([page, title]) => ({ text: title, link: `/${page}` })),
    }))
    .filter(({ items }) => items.length > 0);
}

function titleOf(page: string): string {
  return /^# (.*)$/m.exec(readFileSync(join(docs, `${page}.md`), "utf8"))?.[1] ?? page;
}

function referenceGroups(): DefaultTheme.SidebarItem[] {
  return Object.entries(reference)
    .filter(([folder]) => existsSync(join(docs, "reference", folder)))
    .map(([folder, text]) => ({
      text,
      collapsed: true,
      items: readdirSync(join(docs, "reference", folder))
        .filter((file) => file.endsWith(".md") && file !== "index.md")
        .map((file) => file.slice(0, -".md".length))
        .map((name) => ({ text: name, link: `/reference/${folder}/${name}` })),
    }));
}

export default defineConfig({
  title: "as-proxy-wasm",
  description: "Plugins for Envoy and Istio in AssemblyScript",
  lang: "en",
  outDir: "../build/docs",
  cacheDir: "../build/docs-cache",
  // The pages are read from a folder, too: without a server that rewrites addresses.
  cleanUrls: false,
  // A link to a page that is not there ends the build.
  ignoreDeadLinks: false,
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Guides", link: "/first-plugin" },
      { text: "Reference", link: "/reference/" },
    ],
    sidebar: [...guideGroups(), { text: "Reference", link: "/reference/", items: referenceGroups() }],
  },
});
