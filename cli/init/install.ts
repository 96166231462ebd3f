import { spawn } from "node:child_process";
import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { type PackageManager, wordsOf } from "./package-manager.js";

/** Runs the package manager in a project that is complete already; it shows what it does. */
export async function install(folder: string, packageManager: PackageManager): Promise<void> {
  const [program = "", ...args] = wordsOf[packageManager].install.split(" ");
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
      env: ownEnvironment(),
      shell: process.platform === "win32",
    });
    // Ctrl-C reaches the package manager as well: what becomes of the project is told once that has ended.
    const wait = () => {};
    process.on("SIGINT", wait);
    child.on("close", (exitCode) => {
      process.off("SIGINT", wait);
      resolve(exitCode);
    });
    child.on("error", reject);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new MissingPrerequisite(
      `the project is there, but ${program} is not on this machine: install it, then run ${program} install in ${folder}`,
    );
  });
  if (code !== 0)
    throw new WrongUse(
      `the project is there, but its packages are not: what ${program} says above tells why. Then run ${program} install in ${folder}`,
    );
}

/** Without what a package manager that runs this program tells it of its own settings. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$)/.test(name)));
}
