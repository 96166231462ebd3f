/** What is left of an answer, or of the connection, when it ends. */
export interface AnswerEnd {
  status: number;
  /** Whether the connection takes another request. */
  keepsAlive: boolean;
}

type Part = "head" | "length" | "chunk size" | "chunk" | "trailers" | "until close";

/** Longer heads and chunk lines are no answers. */
const maxLine = 256 * 1024;

/** The peer does not speak HTTP/1.1 as a client can count it. */
export class NotHttp extends Error {}

/**
 * Reads answers of HTTP/1.1 from bytes as they come, one at a time, without keeping bodies. It knows bodies by length,
 * in chunks and until the connection closes, answers without a body, and answers that come before the real one (1xx).
 */
export class AnswerReader {
  private part: Part = "head";
  private kept: Buffer | null = null;
  private left = 0;
  private status = 0;
  private keepsAlive = true;
  private lastHead = "";
  private lastLength = -1;

  /** `withoutBody`: the answers to HEAD say a length, and have nothing of it. */
  constructor(private readonly withoutBody = false) {}

  /** True between two answers. */
  get isIdle(): boolean {
    return this.part === "head" && this.kept === null;
  }

  /**
   * Takes bytes, and gives back the answer that they end; null while it goes on. Throws `NotHttp` on anything that is no
   * answer, and on bytes after its end, which nobody asked for.
   */
  push(bytes: Buffer): AnswerEnd | null {
    let at = 0;
    for (;;) {
      if (this.part === "length" || this.part === "chunk") {
        const taken = Math.min(this.left, bytes.length - at);
        at += taken;
        this.left -= taken;
        if (this.left > 0) return null;
        if (this.part === "length") return this.finish(bytes, at);
        this.part = "chunk size";
        continue;
      }
      if (this.part === "until close") return null;
      const end = this.part === "head" ? "\r\n\r\n" : "\r\n";
      const text = this.through(bytes, at, end);
      if (text === null) return null;
      at = text.next;
      const isOver = this.part === "head" ? this.readHead(text.line) : this.readLine(text.line);
      if (isOver) return this.finish(bytes, at);
    }
  }

  /** The connection closed: the answer that this ends, null when there was none under way or it is cut off. */
  close(): AnswerEnd | null {
    if (this.part !== "until close") return null;
    this.part = "head";
    return { status: this.status, keepsAlive: false };
  }

  private finish(bytes: Buffer, at: number): AnswerEnd {
    this.part = "head";
    if (at < bytes.length) throw new NotHttp("more came than was asked for");
    return { status: this.status, keepsAlive: this.keepsAlive };
  }

  /** The text up to `end`, and where what comes after it begins; what has no end yet is kept. */
  private through(bytes: Buffer, at: number, end: string): { line: string; next: number } | null {
    if (this.kept === null) {
      const found = bytes.indexOf(end, at, "latin1");
      if (found >= 0) return { line: bytes.toString("latin1", at, found), next: found + end.length };
      if (at < bytes.length) this.kept = Buffer.from(bytes.subarray(at));
      return null;
    }
    const before = this.kept.length;
    const all = Buffer.concat([this.kept, bytes.subarray(at)]);
    const found = all.indexOf(end, Math.max(0, before - end.length), "latin1");
    if (found < 0) {
      if (all.length > maxLine) throw new NotHttp("a line without end");
      this.kept = all;
      return null;
    }
    this.kept = null;
    return { line: all.toString("latin1", 0, found), next: at + found + end.length - before };
  }

  /** True when the answer ends with its head. */
  private readHead(head: string): boolean {
    // Answers of one second are mostly the same, byte for byte.
    if (head !== this.lastHead) {
      if (!/^HTTP\/1\.[01] \d{3}(?: |$)/m.test(head.slice(0, 13)))
        throw new NotHttp("what came is no HTTP/1.1");
      this.lastHead = head;
      this.status = Number(head.slice(9, 12));
      this.keepsAlive =
        head[7] === "1"
          ? !/\r\nconnection:[^\r]*\bclose\b/i.test(head)
          : /\r\nconnection:[^\r]*\bkeep-alive\b/i.test(head);
      this.lastLength = bodyLength(head);
    }
    if (this.status < 200) {
      if (this.status === 101) throw new NotHttp("it switched to another protocol");
      return false;
    }
    if (this.withoutBody || this.status === 204 || this.status === 304) return true;
    if (this.lastLength === chunked) this.part = "chunk size";
    else if (this.lastLength === untilClose) this.part = "until close";
    else {
      this.part = "length";
      this.left = this.lastLength;
      return this.left === 0;
    }
    return false;
  }

  /** A line between chunks, or after the last: true when the answer ends with it. */
  private readLine(line: string): boolean {
    if (this.part === "trailers") return line === "";
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(line)?.[1];
    if (size === undefined) throw new NotHttp("a chunk without a size");
    this.left = parseInt(size, 16);
    if (this.left === 0) this.part = "trailers";
    else {
      this.part = "chunk";
      this.left += 2; // its line end
    }
    return false;
  }
}

const chunked = -1;
const untilClose = -2;

/** How the body's end is known (RFC 9112, 6.3). */
function bodyLength(head: string): number {
  if (/\r\ntransfer-encoding:[^\r]*\bchunked[ \t]*(?:\r|$)/i.test(head)) return chunked;
  const lengths = new Set(
    [...head.matchAll(/\r\ncontent-length:[ \t]*([^\r]*)/gi)].map((found) => found[1]!.trim()),
  );
  if (lengths.size === 0) return untilClose;
  const [length] = lengths;
  if (lengths.size > 1 || !/^\d{1,15}$/.test(length!))
    throw new NotHttp("a content-length that is no number");
  return Number(length);
}
