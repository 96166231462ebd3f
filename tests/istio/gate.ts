import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** A door before a registry that knows no users: it lets through who shows this `Authorization`. */
export async function startGate(
  address: string,
  authorization: string,
  challenge: string,
): Promise<{ address: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.headers.authorization !== authorization)
      return void response.writeHead(401, { "www-authenticate": challenge }).end();
    const onward = send(`http://${address}${request.url}`, {
      method: request.method,
      headers: request.headers,
    });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
