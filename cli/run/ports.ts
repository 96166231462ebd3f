import { createServer } from "node:net";
import { WrongUse } from "../terminal.js";

/** A port as somebody wrote it. */
export function readPort(text: string, option: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new WrongUse(`${option} ${text} is no port: write a number up to 65535, or 0 for any that is free`);
  return port;
}

/**
 * Sees that a port can be listened on before anything is started: Envoy by itself would share it with another Envoy.
 * Throws `WrongUse` when it cannot.
 */
export async function seeThatFree(port: number, address: string, option: string): Promise<void> {
  const error = await tryPort(port, address);
  if (error === null) return;
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} is taken by another program: choose another with ${option}, or ${option} 0 for any that is free`,
    EACCES: `port ${port} is for the system's own services: choose one above 1023 with ${option}`,
    EADDRNOTAVAIL: `this machine has no address ${address}: choose another with --address`,
    ENOTFOUND: `this machine has no address ${address}: choose another with --address`,
  };
  throw new WrongUse(reasons[error.code ?? ""] ?? `port ${port} cannot be used: ${error.message}`);
}

/** The port itself where it is free, else any that is. */
export async function freePort(wanted: number, address: string): Promise<number> {
  return (await tryPort(wanted, address)) === null ? wanted : 0;
}

function tryPort(port: number, address: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, address, () => server.close(() => resolve(null)));
  });
}
