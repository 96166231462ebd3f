import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { layerRules } from "./cli/house/layers.js";

const assemblyScript = [
  "index.ts",
  "assembly/**/*.ts",
  "plugins/**/*.ts",
  "benchmarks/peers/*/**/*.ts",
  "as-pect/**/*.ts",
  "cli/init/templates/**/*.ts",
  "tests/unit/**/*.ts",
  "tests/**/fixtures/**/*.ts",
  "tests/conformance/plugin/**/*.ts",
];
const inNode = ["benchmarks/*.ts", "cli/**/*.ts", "tests/**/*.ts", "host/**/*.ts", "docs/.vitepress/**/*.ts"];
const plainJavaScript = ["**/*.js", "**/*.mjs"];

/** @type {["error", object]} */
const unusedUnlessUnderscored = ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }];

export default defineConfig([
  globalIgnores(["build/", "dist/", "**/*.d.ts"]),
  {
    files: plainJavaScript,
    extends: [js.configs.recommended],
    languageOptions: {
      globals: { console: "readonly", process: "readonly", URL: "readonly", WebAssembly: "readonly" },
    },
  },
  {
    files: inNode,
    ignores: assemblyScript,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-unused-vars": unusedUnlessUnderscored,
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      eqeqeq: "error",
    },
  },
  {
    // The embedded host's core also runs in a browser.
    files: ["host/**/*.ts"],
    ignores: ["host/node/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["node:*"], message: "host/ has no Node API in its core" }] },
      ],
      "no-restricted-globals": ["error", "Buffer", "process", "require"],
    },
  },
  {
    // node:test collects what test() returns by itself.
    files: ["tests/**/*.ts"],
    ignores: assemblyScript,
    rules: { "@typescript-eslint/no-floating-promises": "off" },
  },
  {
    // AssemblyScript is not TypeScript: only rules that read the syntax make sense here.
    files: assemblyScript,
    plugins: { layers: layerRules, "@typescript-eslint": tseslint.plugin },
    languageOptions: { parser: tseslint.parser, parserOptions: { allowInvalidAST: true } },
    rules: {
      "no-var": "error",
      "no-empty": "error",
      "no-unreachable": "error",
      "no-dupe-else-if": "error",
      "no-duplicate-case": "error",
      "no-fallthrough": "error",
      "no-self-assign": "error",
      "no-useless-return": "error",
      "prefer-const": "error",
      "@typescript-eslint/no-unused-vars": "off",
    },
  },
  { files: ["assembly/**/*.ts"], rules: { "layers/sdk": "error" } },
  { files: ["plugins/**/*.ts"], rules: { "layers/plugin": "error" } },
  { files: ["tests/envoy/fixtures/**/*.ts"], rules: { "layers/fixture": "error" } },
]);
