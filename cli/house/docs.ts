import { join } from "node:path";
import { root } from "../root.js";
import { runProgram } from "../spawn.js";
import { run, WrongUse } from "../terminal.js";
import { writeReference } from "./docs-reference.js";

const actions = ["build", "dev", "preview", "reference"];

/**
 * `npm run docs:build`, `docs:dev`, `docs:reference`: writes the reference pages, and has vitepress make the site of them
 * and of the guides in `docs/`. `preview` serves what was built.
 */
await run(async () => {
  const [action = "build", ...rest] = process.argv.slice(2);
  if (!actions.includes(action)) throw new WrongUse(`docs takes one of ${actions.join(", ")}`);
  const pages = await writeReference(join(root, "docs", "reference"));
  console.log(`${pages.length} reference pages in docs/reference`);
  if (action === "reference") return 0;
  const program = join(root, "node_modules", "vitepress", "bin", "vitepress.js");
  const done = await runProgram(process.execPath, [program, action, "docs", ...rest], {
    cwd: root,
    show: true,
  });
  return done.exitCode;
});
