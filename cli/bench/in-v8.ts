import { readFile } from "node:fs/promises";
import type { RequestDescription } from "../measure/request-bytes.js";
import { type GuestTime, guestTimes } from "../measure/v8/guest-time.js";
import { ReadyMessages } from "../measure/v8/messages.js";
import type { Contender } from "./contenders.js";
import type { UpstreamAnswer } from "./upstream.js";

/** The time of each module alone, by name; and a note for each that cannot be timed so. */
export async function inV8(
  contenders: readonly Contender[],
  request: RequestDescription,
  answer: UpstreamAnswer,
): Promise<{ times: Map<string, GuestTime>; notes: string[] }> {
  const messages = messagesOf(request, answer);
  const times = new Map<string, GuestTime>();
  const notes: string[] = [];
  const guests = await Promise.all(
    contenders.map(async ({ name, file, rootId, configuration }) => ({
      name,
      rootId,
      messages,
      module: await readFile(file),
      configuration: Buffer.from(configuration ?? ""),
    })),
  );
  // Those that run at all are timed side by side.
  const fit = guests.filter((guest) => {
    try {
      guestTimes([guest], { rounds: 1, milliseconds: 1 });
      return true;
    } catch (error) {
      notes.push(`${guest.name} alone in Node's V8 is not measured: ${(error as Error).message}`);
      return false;
    }
  });
  for (const time of guestTimes(fit)) times.set(time.name, time);
  return { times, notes };
}

/** As Envoy shows them to a plugin. */
function messagesOf(request: RequestDescription, answer: UpstreamAnswer): ReadyMessages {
  const given = request.headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const { body } = request;
  return new ReadyMessages({
    requestHeaders: [
      [":authority", given.find(([name]) => name === "host")?.[1] ?? request.host],
      [":path", request.path],
      [":method", request.method],
      [":scheme", "http"],
      ...given.filter(([name]) => name !== "host"),
      ...(body === null ? [] : [["content-length", String(body.length)] as [string, string]]),
      ["x-forwarded-proto", "http"],
      ["x-request-id", "6f2f1f0a-4b7e-4c57-9a3f-1d2c3b4a5968"],
    ],
    requestBody: body ?? new Uint8Array(),
    responseHeaders: [
      [":status", String(answer.status)],
      ["content-length", String(answer.bodySize)],
      ["content-type", "text/plain"],
      ...answer.headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]),
      ["date", "Thu, 01 Jan 2026 00:00:00 GMT"],
      ["server", "envoy"],
    ],
    responseBody: new Uint8Array(answer.bodySize).fill("x".charCodeAt(0)),
  });
}
