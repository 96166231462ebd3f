import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { killWithParent } from "../../cli/envoy/guard.js";

/** The registry's section `auth`, and files that it names with `FOLDER/` before them. */
export interface Auth {
  section: object;
  files: Record<string, string>;
}

/** The bcrypt hash of `pass:word`; a realm that Istio does not take for an attack, which is any public address. */
export const htpasswd: Auth = {
  section: { htpasswd: { realm: "https://registry.example.com", path: "FOLDER/htpasswd" } },
  files: { htpasswd: "me:$2b$04$abcdefghijklmnopqrstuu7govE5p0NSk1WUEk5C2Qm3hpPC6VJ66\n" },
};

/** Debian's docker-registry on a port of the loopback, its images in a folder that goes with it. */
export async function startDockerRegistry(
  program: string,
  auth?: Auth,
): Promise<{ address: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "docker-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  for (const [name, text] of Object.entries(auth?.files ?? {})) await writeFile(join(folder, name), text);
  const configuration = stringify({
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "images") } },
    http: { addr: address },
    ...(auth !== undefined && { auth: auth.section }),
  }).replaceAll("FOLDER", folder);
  await writeFile(join(folder, "config.yml"), configuration);
  const environment = { ...process.env, OTEL_TRACES_EXPORTER: "none" };
  const child = spawn(program, ["serve", join(folder, "config.yml")], { stdio: "ignore", env: environment });
  const release = killWithParent(child, folder);
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    release();
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
      if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
      if (
        await fetch(`http://${address}/v2/`).then(
          () => true,
          () => false,
        )
      )
        return { address, stop };
      if (Date.now() > deadline) throw new Error("docker-registry does not answer");
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
