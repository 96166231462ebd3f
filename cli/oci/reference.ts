import { WrongUse } from "../terminal.js";

/** Where an image lies: a registry, a repository in it, and a tag or a digest. */
export interface Reference {
  /** `ghcr.io`, `127.0.0.1:5000`; `index.docker.io` of Docker Hub. */
  host: string;
  /** `acme/filters/hello`, without a leading slash. */
  repository: string;
  /** Absent when only a digest is named. */
  tag?: string;
  /** `sha256:` and 64 hexadecimal digits. It counts more than the tag. */
  digest?: string;
}

/** The name under which Istio, Docker and their credentials know Docker Hub. */
export const dockerHub = "index.docker.io";

const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryForm = new RegExp(`^${part}(?:/${part})*$`);
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestForm = /^sha256:[a-f0-9]{64}$/;
const hostForm = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

/**
 * Reads `oci://host:port/repository:tag@digest` as Istio reads it: the first part is a host when it has a dot or a port,
 * and a part of a name on Docker Hub otherwise; without tag and digest the tag is `latest`. Throws `WrongUse` with what
 * is wrong and how it is written.
 */
export function parseReference(text: string): Reference {
  const wrong = (why: string) => new WrongUse(`${text} names no image: ${why}`);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text);
  if (scheme !== null && scheme[1]!.toLowerCase() !== "oci")
    throw wrong(
      `it begins with ${scheme[0]}, where an image is written oci://${text.slice(scheme[0].length) || "host/name:tag"}`,
    );
  const rest = scheme === null ? text : text.slice(scheme[0].length);
  if (/\s/.test(rest)) throw wrong("it has a space in it");
  const [named, digest, ...more] = rest.split("@");
  if (more.length > 0) throw wrong("it has more than one @");
  if (digest !== undefined && !digestForm.test(digest))
    throw wrong(
      `after the @ a digest is written sha256: and 64 digits of 0-9 and a-f, and this is ${digest || "nothing"}`,
    );
  const { host, path } = splitHost(named!, wrong);
  const colon = path.lastIndexOf(":");
  const [repository, tag] = colon < 0 ? [path, undefined] : [path.slice(0, colon), path.slice(colon + 1)];
  if (tag !== undefined && !tagForm.test(tag))
    throw wrong(
      `${tag === "" ? "there is no tag after the colon" : `${tag} is no tag`}: up to 128 letters, digits, and _ . - after the first`,
    );
  return {
    host,
    repository: checkRepository(
      host === dockerHub && /^[^/]+$/.test(repository) ? `library/${repository}` : repository,
      wrong,
    ),
    ...(tag !== undefined ? { tag } : digest === undefined && { tag: "latest" }),
    ...(digest !== undefined && { digest }),
  };
}

function splitHost(named: string, wrong: (why: string) => WrongUse): { host: string; path: string } {
  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  if (slash === 0) throw wrong("the host is missing: oci://host/name:tag");
  if (first === "localhost")
    throw wrong(
      "Istio takes localhost without a port for a name on Docker Hub: write localhost:80, or the port it has",
    );
  if (!/[.:]/.test(first)) {
    if (slash < 0 && /^[^/]+:\d+$/.test(named) && named.includes("."))
      throw wrong(`the repository is missing: oci://${named}/name:tag`);
    return { host: dockerHub, path: named };
  }
  const form = hostForm.exec(first);
  if (form === null || Number(form[1] ?? 1) < 1 || Number(form[1] ?? 1) > 65535)
    throw wrong(`${first} is no host and port`);
  const host = first.toLowerCase();
  const isHub = ["docker.io", "registry-1.docker.io"].includes(host);
  return { host: isHub ? dockerHub : host, path: named.slice(slash + 1) };
}

function checkRepository(repository: string, wrong: (why: string) => WrongUse): string {
  if (repository === "") throw wrong("the repository is missing: oci://host/name:tag");
  if (repository !== repository.toLowerCase())
    throw wrong(`the repository ${repository} has capital letters: write ${repository.toLowerCase()}`);
  if (!repositoryForm.test(repository))
    throw wrong(
      `the repository ${repository} is more than small letters and digits, separated by one of . _ - within a part and by / between parts`,
    );
  // The distribution specification allows one letter; the library that Istio reads names with does not.
  if (repository.length < 2 || repository.length > 255)
    throw wrong(
      `Istio wants a repository of 2 to 255 characters, and ${repository.slice(0, 20)} has ${repository.length}`,
    );
  return repository;
}

/** What a manifest is asked for by: the digest where there is one, else the tag. */
export const identifier = (reference: Reference): string => reference.digest ?? reference.tag ?? "latest";

/** As `spec.url` of a WasmPlugin: always with the scheme, as Istio drops what has a port and no scheme. */
export function format({ host, repository, tag, digest }: Reference): string {
  return `oci://${host === dockerHub ? "docker.io" : host}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}
