import { spawn } from "node:child_process";

/** What a program said, or why it said nothing. */
export type Helped = { username: string; secret: string } | { none: true } | { failed: string };

/**
 * Asks `docker-credential-<name> get` for a registry's credentials, as Docker does: the server's name on stdin, JSON on
 * stdout. https://github.com/docker/docker-credential-helpers
 */
export function askHelper(name: string, server: string): Promise<Helped> {
  const program = `docker-credential-${name}`;
  return new Promise((resolve) => {
    const child = spawn(program, ["get"], { stdio: ["pipe", "pipe", "ignore"], timeout: 60_000 });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A program that ends without reading its input.
    child.stdin.on("error", () => {});
    child.on("error", () =>
      resolve({ failed: `${program} cannot be run: it must be on the PATH, or leave Docker's config.json` }),
    );
    child.on("close", (code) => resolve(answer(program, code, Buffer.concat(chunks).toString())));
    child.stdin.end(server);
  });
}

function answer(program: string, code: number | null, output: string): Helped {
  if (code !== 0) {
    const said = output.trim().split("\n")[0]!;
    return /not found/i.test(said)
      ? { none: true }
      : { failed: `${program} failed: ${said || `exit code ${code}`}` };
  }
  try {
    const { Username, Secret } = JSON.parse(output) as { Username?: string; Secret?: string };
    if (typeof Secret === "string" && Secret !== "") return { username: Username ?? "", secret: Secret };
    return { none: true };
  } catch {
    return { failed: `${program} gave something that is not JSON` };
  }
}
