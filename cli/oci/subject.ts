import { existsSync, statSync } from "node:fs";
import { text } from "node:stream/consumers";
import { WrongUse } from "../terminal.js";
import type { Credential } from "./credentials.js";
import { isLayoutFolder, openArchive, openFolder } from "./disk.js";
import type { Image } from "./image.js";
import { parseReference } from "./reference.js";
import { type RegistryOptions, Repository } from "./registry.js";

/** Options of every command that talks to a registry. */
export interface Login {
  username?: string;
  passwordStdin?: boolean;
  plainHttp?: boolean;
}

/** What a login on the command line comes to. The password is read from stdin, where no list of processes shows it. */
export async function registryOptions(
  login: Login,
  note: (sentence: string) => void,
): Promise<RegistryOptions> {
  const credential = await credentialOf(login);
  return {
    note,
    ...(login.plainHttp && { plainHttp: true }),
    ...(credential !== null && { credential }),
  };
}

async function credentialOf({ username, passwordStdin }: Login): Promise<Credential | null> {
  if (username === undefined && !passwordStdin) return null;
  if (username === undefined || username === "")
    throw new WrongUse("--password-stdin wants --username beside it");
  if (!passwordStdin)
    throw new WrongUse(
      "--username wants --password-stdin beside it, and the password on stdin: a password on the command line is seen by others",
    );
  const password = (await text(process.stdin)).replace(/\r?\n$/, "");
  if (password === "") throw new WrongUse("there is no password on stdin, where --password-stdin reads one");
  return { from: "the command line", username, password };
}

/** True of a word that names a file or folder with an image, and not one in a registry. */
export function isOnDisk(word: string): boolean {
  return !/^oci:\/\//i.test(word) && existsSync(word);
}

/** An image by what somebody calls it: a reference, an archive, or a folder with an OCI layout. */
export async function openSubject(word: string, options: RegistryOptions): Promise<Image> {
  if (isOnDisk(word)) return openOnDisk(word);
  const namesRegistry = /^[a-z]+:\/\//i.test(word) || /^[^./][^/]*[.:][^/]*\//.test(word);
  if (!namesRegistry)
    throw new WrongUse(
      `there is no file or folder ${word}; an image in a registry is written oci://host/name:tag`,
    );
  return (await Repository.open(parseReference(word), "pull", options)).image();
}

export async function openOnDisk(path: string): Promise<Image> {
  if (!statSync(path).isDirectory()) return openArchive(path);
  if (isLayoutFolder(path)) return openFolder(path);
  throw new WrongUse(`${path} is a folder without an OCI layout: it has no oci-layout and index.json`);
}
