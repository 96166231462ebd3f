import { execFile } from "node:child_process";
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Auth } from "./docker-registry.js";
import { NotHere } from "./judge.js";

const exec = promisify(execFile);

/** A server of tokens that a docker-registry believes, for one name and password. */
export interface TokenServer {
  auth: Auth;
  /** How many tokens it gave. */
  given(): number;
  stop(): Promise<void>;
}

/** https://distribution.github.io/distribution/spec/auth/jwt/, with the certificate within the token. */
export async function startTokenServer(login: string): Promise<TokenServer> {
  const folder = await mkdtemp(join(tmpdir(), "tokens-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const words = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
  ];
  await exec("openssl", [...words, "-subj", "/CN=tokens", "-keyout", key, "-out", certificate]).catch(() => {
    throw new NotHere("there is no openssl here, which makes the certificate of a token server");
  });
  const [privateKey, pem] = [createPrivateKey(await readFile(key)), await readFile(certificate, "utf8")];
  await rm(folder, { recursive: true, force: true });
  const x5c = [pem.replace(/-----[A-Z ]+-----|\s/g, "")];
  let given = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from(login).toString("base64")}`)
      return void response.writeHead(401).end();
    const { searchParams } = new URL(request.url!, "http://tokens");
    const access = searchParams.getAll("scope").map((scope) => {
      const [type, name, actions] = scope.split(":");
      return { type, name, actions: actions!.split(",") };
    });
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now - 10, exp: now + 300 };
    const claims = { iss: "tokens", sub: "me", aud: "registry", jti: randomUUID(), ...times, access };
    const text = [{ typ: "JWT", alg: "ES256", x5c }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
    given++;
    response.end(JSON.stringify({ token: `${text}.${signature.toString("base64url")}`, expires_in: 300 }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return {
    auth: {
      section: {
        token: { realm, service: "registry", issuer: "tokens", rootcertbundle: "FOLDER/certificate.pem" },
      },
      files: { "certificate.pem": pem },
    },
    given: () => given,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
