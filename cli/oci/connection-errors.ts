import { WrongUse } from "../terminal.js";

export interface Explained {
  sentence: string;
  /** `passing`: may be gone the next time. `plain`: who listens there does not speak TLS. */
  kind: "passing" | "plain" | "lasting";
}

/** What `fetch` failed with, as a sentence that says what to do. Rethrows what is no failure of the network. */
export function sentenceFor(error: unknown, url: URL): Explained {
  if (error instanceof WrongUse) throw error;
  const code = codeOf(error);
  if (code === undefined && !(error instanceof TypeError)) throw error;
  const { host, hostname } = url;
  const lasting = (sentence: string): Explained => ({ sentence, kind: "lasting" });
  switch (code ?? "") {
    case "ENOTFOUND":
      return lasting(
        `there is no host ${hostname}: see whether the name is spelt right, and whether DNS works here`,
      );
    case "ECONNREFUSED":
      return lasting(`nothing listens at ${withPort(url)}: is the registry running, and is the port right?`);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return lasting(
        `there is no way to ${host}: is the network up, and does a VPN or a proxy stand before it?`,
      );
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "EPROTO":
      return {
        sentence: `${host} does not speak TLS: where it is meant to be plain http, say --plain-http`,
        kind: "plain",
      };
    case "CERT_HAS_EXPIRED":
      return lasting(`the certificate of ${host} has expired: whoever runs the registry has to renew it`);
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return lasting(`the certificate of ${host} is for another name: use the name that it is for`);
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return lasting(
        `the certificate of ${host} is signed by nobody who is trusted here (${code}): name its CA's file in NODE_EXTRA_CA_CERTS`,
      );
  }
  if (code?.startsWith("ERR_SSL_") || code?.startsWith("ERR_TLS_"))
    return lasting(`TLS with ${host} fails (${code}): is it a registry, and does it speak TLS 1.2 or newer?`);
  // By the Fetch standard, so that a web page cannot talk to mail servers and the like.
  if (messageOf(error) === "bad port")
    return lasting(
      `port ${url.port} is one of those that Node's fetch refuses: let the registry listen on another`,
    );
  return { sentence: `the connection to ${host} broke off (${code ?? messageOf(error)})`, kind: "passing" };
}

const withPort = (url: URL): string =>
  `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;

/** Of the innermost cause that has one: `fetch` wraps what happened, and of several addresses the first counts. */
function codeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === "string") found = code;
    if (at instanceof AggregateError && at.errors[0] instanceof Error) found = codeOf(at.errors[0]) ?? found;
  }
  return found;
}

function messageOf(error: unknown): string {
  const { cause } = error as Error;
  return cause instanceof Error ? cause.message : (error as Error).message;
}
