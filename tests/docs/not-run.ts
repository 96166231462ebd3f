import { type Block, placeOf } from "./blocks.js";

/** A block that no test compiles, plays, runs or compares. */
interface Left {
  page: string;
  /** What a line of this block begins with, and none of any other block of the page. */
  line: string;
  why: string;
}

const installs = "the test has the packages installed already, once for all pages";
const go = "Go, to compare with: it is not what the page has readers write";
const rust = "Rust, to compare with: it is not what the page has readers write";
const old = "the old SDK, to compare with: it is not what the page has readers write";
const cluster = "a log of a proxy in a cluster";

const list: readonly Left[] = [
  {
    page: "assemblyscript-for-typescript-people",
    line: "const tenant = headers",
    why: "TypeScript, to compare with",
  },
  { page: "debugging-a-trap", line: "[critical][wasm]", why: cluster },
  {
    page: "first-plugin",
    line: "npm ci && npm pack",
    why: "the test packs the repository once for all pages",
  },
  { page: "first-plugin", line: "mkdir my-filter", why: installs },
  { page: "first-plugin", line: "npm install\n", why: installs },
  { page: "grpc", line: "package demo;", why: "the definition of a service: nothing here reads it" },
  {
    page: "monitoring",
    line: "metadata:",
    why: "tests/monitoring/envoy.test.ts has a real Envoy count so",
  },
  {
    page: "monitoring",
    line: "stats_config",
    why: "tests/monitoring/envoy.test.ts has a real Envoy count so",
  },
  ...["stage", "redact", "gate", "count"].map((name) => ({
    page: "moving-from-go",
    line: `type ${name} struct {`,
    why: go,
  })),
  ...["Stage {", "Redact;", "Gate;", "Count {"].map((name) => ({
    page: "moving-from-rust",
    line: `struct ${name}`,
    why: rust,
  })),
  ...["Stage", "Redact", "Gate", "Count"].map((name) => ({
    page: "moving-from-the-old-sdk",
    line: `class ${name}Stream extends Context {`,
    why: old,
  })),
  {
    page: "roll-out",
    line: "npx apw update greeting -n shop --image oci://registry.example.com/team/greeting:2 --canary --virtual",
    why: "needs a mesh with two subsets, which tests/cli/deploy-canary.test.ts plays",
  },
  { page: "README", line: "npm run demo\n", why: "tests/docs/readme.test.ts runs it" },
  {
    page: "README",
    line: "client -> Envoy",
    why: "tests/docs/readme.test.ts compares it with what the demo prints",
  },
  { page: "README", line: "npm test\n", why: "this is a part of it" },
  {
    page: "README",
    line: "Tests in Node",
    why: "tests/docs/readme.test.ts looks whether there are such tests",
  },
  { page: "roll-out", line: "likely cause  the module traps", why: cluster },
  { page: "troubleshooting", line: "istioctl proxy-config log", why: "istioctl, in a cluster" },
  { page: "troubleshooting", line: "critical: abort: Index", why: cluster },
];

/** The list as a question, and those of its entries that are about no block, or about several. */
export function notRun(entries: readonly Left[] = list): {
  reasonFor(block: Block): string | null;
  unfit(all: readonly Block[]): string[];
} {
  const fits = ({ page, line }: Left, block: Block) =>
    page === block.page && `\n${block.text}`.includes(`\n${line}`);
  return {
    reasonFor: (block) => entries.find((entry) => fits(entry, block))?.why ?? null,
    unfit: (all) =>
      entries.flatMap((entry) => {
        const found = all.filter((block) => fits(entry, block)).map(placeOf);
        if (found.length === 1 && entry.why !== "") return [];
        return [`${entry.page}: "${entry.line}" is in ${found.join(", ") || "no block"}`];
      }),
  };
}
