import { createHash } from "node:crypto";
import { hexOf } from "../oci/image.js";
import { parseReference } from "../oci/reference.js";
import { Repository } from "../oci/registry.js";
import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { digestInUrl } from "./ecds.js";

/** What a URL of a module has now: of an image the digest of its manifest, of http(s) that of the module; 64 digits. */
export async function digestBehind(url: string): Promise<string> {
  if (url.startsWith("oci://") || !/^\w+:\/\//.test(url)) {
    const named = digestInUrl(url);
    if (named !== undefined) return named;
    return hexOf((await (await Repository.open(parseReference(url), "pull", {})).image()).digest);
  }
  if (!/^https?:/.test(url)) throw new WrongUse(`${url} cannot be read from here`);
  const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch((error: Error) => {
    const cause = (error.cause as { code?: string } | undefined)?.code ?? error.message;
    throw new MissingPrerequisite(`${url} cannot be reached (${cause})`);
  });
  if (!answer.ok) throw new WrongUse(`${url} answers ${answer.status}`);
  return createHash("sha256")
    .update(new Uint8Array(await answer.arrayBuffer()))
    .digest("hex");
}

/** The same where it is good to know and not needed. */
export async function digestIfKnown(url: string, sha256: string | undefined): Promise<string | undefined> {
  if (sha256) return sha256;
  try {
    return await digestBehind(url);
  } catch {
    return undefined;
  }
}
