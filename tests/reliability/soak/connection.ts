import { connect, type Socket } from "node:net";
import type { Seen } from "./oracle.js";

const patience = 60_000;

/** A connection of HTTP/1.1 that reads answers by itself, and hears of what comes that nobody asked for. */
export class Connection {
  private rest: Buffer = Buffer.alloc(0);
  private waiting: ((seen: Seen) => void) | undefined;
  private isOpen = true;
  /** Whether the other side has said that it closes. */
  private isLast = false;
  private timer: NodeJS.Timeout | undefined;
  /** Whether more came than was asked for, or an answer did not come in time. */
  surplus = 0;
  late = 0;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
      this.read(false);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isOpen = false;
      this.read(true);
    });
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => resolve(new Connection(socket)));
    });
  }

  get isUsable(): boolean {
    return this.isOpen && !this.isLast && this.surplus === 0 && this.late === 0;
  }

  /** Sends a request and waits for its answer, or for the connection's end. */
  send(request: string): Promise<Seen> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.timer = setTimeout(() => {
        this.late += 1;
        this.leave();
      }, patience);
      if (this.isOpen) this.socket.write(request, "latin1");
      else this.read(true);
    });
  }

  /** Goes, whatever is under way. */
  leave(): void {
    this.socket.destroy();
  }

  private read(isOver: boolean): void {
    if (this.waiting === undefined) {
      if (this.rest.length > 0) this.surplus += 1;
      return;
    }
    const seen = parse(this.rest, isOver);
    if (seen === null) return;
    this.rest = this.rest.subarray(seen.length);
    this.isLast = seen.fields.some(([name, value]) => name === "connection" && value === "close");
    const { waiting } = this;
    this.waiting = undefined;
    clearTimeout(this.timer);
    waiting(seen);
    // Already the next one's, though nobody asked.
    if (this.rest.length > 0) this.surplus += 1;
  }
}

/** The answer that stands at the beginning, with its length; null while more of it is to come. */
function parse(bytes: Buffer, isOver: boolean): (Seen & { length: number }) | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0)
    return isOver ? { status: 0, fields: [], body: "", complete: false, length: bytes.length } : null;
  const [head, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const status = Number(head!.slice(9, 12));
  const value = (name: string) => fields.find(([field]) => field === name)?.[1];
  const start = end + 4;
  const found =
    value("transfer-encoding") === "chunked"
      ? chunked(bytes, start)
      : whole(bytes, start, Number(value("content-length") ?? 0));
  if (found.complete || isOver) return { status, fields, ...found };
  return null;
}

function whole(bytes: Buffer, start: number, length: number) {
  const body = bytes.toString("utf8", start, start + length);
  return { body, complete: bytes.length >= start + length, length: Math.min(bytes.length, start + length) };
}

function chunked(bytes: Buffer, start: number) {
  const pieces: Buffer[] = [];
  const incomplete = () => ({
    body: Buffer.concat(pieces).toString(),
    complete: false,
    length: bytes.length,
  });
  for (let at = start; ;) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return incomplete();
    const size = parseInt(bytes.toString("latin1", at, line), 16);
    const from = line + 2;
    if (bytes.length < from + size + 2) return incomplete();
    if (size === 0) return { body: Buffer.concat(pieces).toString(), complete: true, length: from + 2 };
    pieces.push(bytes.subarray(from, from + size));
    at = from + size + 2;
  }
}
