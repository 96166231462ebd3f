import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { projectContents } from "../../cli/init/project.js";
import { readTemplate, templateNames } from "../../cli/init/templates.js";

test("a project that begins with a bundled plugin counts under its own name in its scenarios", async () => {
  let counted = 0;
  for (const { name } of await templateNames()) {
    const template = await readTemplate(name);
    const files = await projectContents({
      folder: join(tmpdir(), "orders-guard"),
      name: "orders-guard",
      template,
      packageManager: "npm",
      sdk: undefined,
      present: null,
    });
    for (const [path, text] of files) {
      if (!path.startsWith("scenarios/")) continue;
      assert.doesNotMatch(text, new RegExp(`[{\\s]${name}\\.[a-z_]+: `), `${name}: ${path}`);
      if (/[{\s]orders-guard\.[a-z_]+: /.test(text)) counted++;
    }
  }
  assert.ok(counted >= 3, `${counted} files have such a metric`);
});
