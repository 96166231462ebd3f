import { setTimeout as sleep } from "node:timers/promises";
import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { type Answer, Interrupted, pauseBefore, type Request } from "./connection.js";

/** Told how far an upload is. */
export interface Progress {
  /** `state` is `there` of a blob that the registry has already, and `done` at the end. */
  blob(digest: string, sent: number, size: number, state: "there" | "sending" | "done"): void;
  note(sentence: string): void;
}

/** What an upload needs of a repository. */
export interface Uploads {
  path(rest: string): string;
  locate(answer: Answer): URL;
  send(request: Request): Promise<Answer>;
  unexpected(answer: Answer, doing: string): MissingPrerequisite;
}

/** GitHub's registry takes 4 MiB in one request and no more; where a registry wants larger pieces it says so. */
const pieceSize = 4 * 1024 * 1024;
const maxPieceSize = 128 * 1024 * 1024;
const maxInterruptions = 6;
const octets = { "content-type": "application/octet-stream" };

interface Upload {
  /** Where the next piece goes: each answer names it anew. */
  location: URL;
  /** How much the registry has. */
  offset: number;
  pieceSize: number;
}

/**
 * Puts a blob into a repository, in pieces, unless it is there. After a broken connection it asks the registry how much
 * arrived, and goes on from there (distribution specification, 'Pushing a blob in chunks').
 */
export async function uploadBlob(
  uploads: Uploads,
  digest: string,
  blob: Uint8Array,
  progress: Progress,
): Promise<void> {
  if (await isThere(uploads, digest)) return progress.blob(digest, blob.length, blob.length, "there");
  let upload = await begin(uploads);
  let interruptions = 0;
  for (;;) {
    progress.blob(digest, upload.offset, blob.length, "sending");
    try {
      if (upload.offset < blob.length) {
        const refused = await sendPiece(uploads, upload, blob);
        if (refused !== null) return await inOnePiece(uploads, digest, blob, refused, progress);
        continue;
      }
      await finish(uploads, upload, digest);
      return progress.blob(digest, blob.length, blob.length, "done");
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      if (++interruptions > maxInterruptions)
        throw new MissingPrerequisite(`${error.message}, ${maxInterruptions} times over: try again later`);
      await sleep(pauseBefore(Math.min(interruptions, 4), error.retryAfter));
      // What broke off may have arrived.
      if (await isThere(uploads, digest)) return progress.blob(digest, blob.length, blob.length, "done");
      upload = (await resume(uploads, upload, blob.length)) ?? (await begin(uploads));
      progress.note(`${error.message}: going on from ${upload.offset} of ${blob.length} bytes`);
    }
  }
}

async function isThere(uploads: Uploads, digest: string): Promise<boolean> {
  const { status } = await uploads.send({ method: "HEAD", url: uploads.path(`blobs/${digest}`) });
  return status === 200;
}

async function begin(uploads: Uploads): Promise<Upload> {
  const answer = await uploads.send({
    method: "POST",
    url: uploads.path("blobs/uploads/"),
    headers: { "content-length": "0" },
  });
  if (answer.status !== 202) throw uploads.unexpected(answer, "an upload");
  const wanted = Number(answer.headers.get("oci-chunk-min-length") ?? 0);
  return {
    location: uploads.locate(answer),
    offset: 0,
    pieceSize: Math.min(Math.max(pieceSize, Number.isSafeInteger(wanted) ? wanted : 0), maxPieceSize),
  };
}

/** Sends the next piece and moves the upload on. Gives the answer of a registry that takes no pieces, else null. */
async function sendPiece(uploads: Uploads, upload: Upload, blob: Uint8Array): Promise<Answer | null> {
  const end = Math.min(upload.offset + upload.pieceSize, blob.length);
  const answer = await uploads.send({
    method: "PATCH",
    url: upload.location,
    headers: { ...octets, "content-range": `${upload.offset}-${end - 1}` },
    body: blob.subarray(upload.offset, end),
    once: true,
  });
  if ([202, 201, 204].includes(answer.status)) {
    const arrived = arrivedOf(answer) ?? end;
    // A registry that keeps less than it was sent says so; one that keeps nothing would be sent the same for ever.
    if (arrived <= upload.offset && upload.offset < end)
      throw new Interrupted("the registry keeps nothing of what it is sent");
    upload.offset = Math.min(arrived, blob.length);
    if (answer.headers.has("location")) upload.location = uploads.locate(answer);
    return null;
  }
  // 416: it has another idea of how much arrived. 404: it forgot the upload.
  if (answer.status === 416 || answer.status === 404 || answer.status === 429 || answer.status >= 500)
    throw new Interrupted(
      `the registry answers ${answer.status} to a piece`,
      answer.headers.get("retry-after"),
    );
  return answer;
}

/** How much the registry has, by the `Range` of its answer: `0-99` is 100 bytes. Null when it does not say. */
function arrivedOf(answer: Answer): number | null {
  const range = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.get("range") ?? "");
  if (range === null) return null;
  // Of one byte and of none registries say the same, and nobody sends one byte.
  return range[1] === "0" ? 0 : Number(range[1]) + 1;
}

/** Asks where an upload stands. Null when the registry forgot it. */
async function resume(uploads: Uploads, upload: Upload, size: number): Promise<Upload | null> {
  const answer = await uploads.send({ method: "GET", url: upload.location });
  if (answer.status !== 204 && answer.status !== 200 && answer.status !== 202) return null;
  const offset = Math.min(arrivedOf(answer) ?? 0, size);
  return {
    ...upload,
    offset,
    location: answer.headers.has("location") ? uploads.locate(answer) : upload.location,
  };
}

async function finish(uploads: Uploads, upload: Upload, digest: string): Promise<void> {
  const url = withDigest(upload.location, digest);
  const answer = await uploads.send({ method: "PUT", url, headers: { "content-length": "0" }, once: true });
  accept(uploads, answer, digest);
}

/** For registries that take no pieces. */
async function inOnePiece(
  uploads: Uploads,
  digest: string,
  blob: Uint8Array,
  refused: Answer,
  progress: Progress,
): Promise<void> {
  const { location } = await begin(uploads);
  const answer = await uploads.send({
    method: "PUT",
    url: withDigest(location, digest),
    headers: octets,
    body: blob,
  });
  if (answer.status === 404 || answer.status === 405) throw uploads.unexpected(refused, "a piece of a blob");
  accept(uploads, answer, digest);
  progress.blob(digest, blob.length, blob.length, "done");
}

function withDigest(location: URL, digest: string): URL {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url;
}

function accept(uploads: Uploads, answer: Answer, digest: string): void {
  const { status } = answer;
  if (status === 429 || status >= 500 || status === 404)
    throw new Interrupted(
      `the registry answers ${status} at the end of a blob`,
      answer.headers.get("retry-after"),
    );
  if (status !== 201 && status !== 204) throw uploads.unexpected(answer, `the blob ${digest}`);
  const stored = answer.headers.get("docker-content-digest");
  if (stored !== null && stored !== digest)
    throw new WrongUse(`the registry stored ${digest} under ${stored}: it does not keep what it is sent`);
}
