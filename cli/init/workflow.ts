import type { PackageManager } from "./package-manager.js";

const node = (cache: string): string => `- uses: actions/setup-node@v4
        with:
          node-version: 22
          cache: ${cache}`;

/** The steps of a GitHub workflow that get Node and the package manager. */
export const workflowSetup: Record<PackageManager, string> = {
  npm: node("npm"),
  pnpm: `- uses: pnpm/action-setup@v4
        with:
          version: latest
${node("pnpm")}`,
  yarn: `- run: corepack enable
${node("yarn")}`,
};
