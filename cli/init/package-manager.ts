import { WrongUse } from "../terminal.js";

/** How a project's packages are installed and its programs are run. */
export const packageManagers = ["npm", "pnpm", "yarn"] as const;
export type PackageManager = (typeof packageManagers)[number];

interface Words {
  install: string;
  /** As `install`, but of what the lock file says and nothing else: for a CI server. */
  frozenInstall: string;
  /** Before the name of a script. */
  run: string;
  /** Before the name of a program that a package brings. */
  exec: string;
}

export const wordsOf: Record<PackageManager, Words> = {
  npm: { install: "npm install", frozenInstall: "npm ci", run: "npm run", exec: "npx" },
  pnpm: {
    install: "pnpm install",
    frozenInstall: "pnpm install --frozen-lockfile",
    run: "pnpm run",
    exec: "pnpm exec",
  },
  yarn: { install: "yarn install", frozenInstall: "yarn install --immutable", run: "yarn run", exec: "yarn" },
};

export function packageManagerNamed(word: string): PackageManager {
  const found = packageManagers.find((name) => name === word);
  if (found === undefined)
    throw new WrongUse(
      `unknown package manager ${JSON.stringify(word)}: there are ${packageManagers.join(", ")}`,
    );
  return found;
}

/** The one that started this program, as `pnpm create` and `yarn create` do; npm where none says so. */
export function runningPackageManager(environment: NodeJS.ProcessEnv = process.env): PackageManager {
  const agent = environment["npm_config_user_agent"]?.split("/")[0];
  return packageManagers.find((name) => name === agent) ?? "npm";
}
