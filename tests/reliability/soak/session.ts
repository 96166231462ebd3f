import * as http2 from "node:http2";
import type { Seen } from "./oracle.js";

/** A connection of HTTP/2, with several requests on it at the same time. */
export class Session {
  private constructor(private readonly session: http2.ClientHttp2Session) {
    session.on("error", () => {});
  }

  static open(port: number): Promise<Session> {
    return new Promise((resolve, reject) => {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      session.once("error", reject);
      session.once("connect", () => resolve(new Session(session)));
    });
  }

  get isUsable(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  /** Sends a request; where `leaves` is not negative it is reset after so many milliseconds, and nothing is seen. */
  send(fields: [string, string][], body: string, leaves: number): Promise<Seen | null> {
    return new Promise((resolve) => {
      const stream = this.session.request(Object.fromEntries(fields), {
        endStream: body === "" && leaves < 0,
      });
      const seen: Seen = { status: 0, fields: [], body: "", complete: false };
      const chunks: Buffer[] = [];
      stream.on("response", (headers: http2.IncomingHttpStatusHeader & http2.IncomingHttpHeaders) => {
        seen.status = headers[":status"] ?? 0;
        seen.fields = Object.entries(headers).flatMap(([name, value]) =>
          [value ?? []].flat().map((one): [string, string] => [name, String(one)]),
        );
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => (seen.complete = stream.rstCode === http2.constants.NGHTTP2_NO_ERROR));
      stream.on("error", () => {});
      stream.on("close", () => {
        seen.complete &&= stream.rstCode === http2.constants.NGHTTP2_NO_ERROR;
        seen.body = Buffer.concat(chunks).toString();
        resolve(leaves < 0 ? seen : null);
      });
      if (leaves < 0) return void (body !== "" && stream.end(body));
      // Half of the body at most, so that some leave in the midst of it.
      stream.write(body.slice(0, body.length / 2));
      setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), leaves);
    });
  }

  leave(): void {
    this.session.destroy();
  }
}
