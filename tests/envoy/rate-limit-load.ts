import { connect, type Socket } from "node:net";

export interface KeyedLoad {
  port: number;
  keys: readonly string[];
  /** Requests a second for each key. */
  rate: number;
  seconds: number;
  /** Requests at the same time. Whichever connection is free takes the next, so that each key reaches every worker. */
  connections: number;
}

/** What became of the requests of one key. */
export interface KeyResult {
  admitted: number;
  refused: number;
  /** When its first request was sent and its last answer came, in milliseconds. */
  first: number;
  last: number;
}

/** How often it is looked which requests are due. */
const tickMs = 5;

/**
 * Sends requests for many keys at a steady pace and counts what was let in for each. The key is the header `x-key`;
 * answers have the status 200 or 429. Nothing is pipelined: Envoy breaks connections off on which it answers itself
 * while more requests wait.
 */
export async function keyedLoad(options: KeyedLoad): Promise<Map<string, KeyResult>> {
  const { port, keys, rate, seconds, connections } = options;
  const results = new Map<string, KeyResult>(
    keys.map((key) => [key, { admitted: 0, refused: 0, first: 0, last: 0 }]),
  );
  const queue = new Queue();
  const lines = await Promise.all(Array.from({ length: connections }, () => Line.open(port, queue, results)));
  const begin = performance.now();
  const perKey = Math.round(rate * seconds);
  for (let sent = 0; sent < perKey;) {
    const due = Math.min(perKey, Math.floor(((performance.now() - begin) / 1000) * rate) + 1);
    for (; sent < due; sent++) queue.add(keys);
    for (const line of lines) line.next();
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  await Promise.all(lines.map((line) => line.finished()));
  return results;
}

/** The requests that are due. */
class Queue {
  private keys: string[] = [];
  private at = 0;

  add(keys: readonly string[]): void {
    this.keys.push(...keys);
  }

  take(): string | undefined {
    const key = this.keys[this.at++];
    if (key !== undefined) return key;
    this.keys = [];
    this.at = 0;
    return undefined;
  }
}

/** One connection. */
class Line {
  private asked: string | undefined;
  private received = "";
  private failure: Error | undefined;
  private onIdle: () => void = () => {};

  private constructor(
    private readonly socket: Socket,
    private readonly queue: Queue,
    private readonly results: Map<string, KeyResult>,
  ) {
    socket.setNoDelay(true).setEncoding("latin1");
    socket.on("data", (text: string) => this.read(text));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("Envoy closed a connection")));
  }

  static async open(port: number, queue: Queue, results: Map<string, KeyResult>): Promise<Line> {
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Line(socket, queue, results);
  }

  /** Sends the next request that is due, unless one is under way. */
  next(): void {
    if (this.failure) throw this.failure;
    if (this.asked !== undefined) return;
    this.asked = this.queue.take();
    if (this.asked === undefined) return this.onIdle();
    this.results.get(this.asked)!.first ||= performance.now();
    this.socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx-key: ${this.asked}\r\n\r\n`);
  }

  /** Waits until nothing is due any more, and closes the connection. */
  async finished(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.onIdle = resolve;
      this.next();
    });
    if (this.failure) throw this.failure;
    this.socket.removeAllListeners("close").destroy();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.onIdle();
  }

  private read(text: string): void {
    this.received += text;
    const head = this.received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/.exec(this.received)?.[1] ?? 0);
    if (this.received.length < head + 4 + length) return;
    const status = this.received.slice(9, 12);
    const result = this.results.get(this.asked!)!;
    this.received = "";
    this.asked = undefined;
    result.last = performance.now();
    if (status === "200") result.admitted++;
    else if (status === "429") result.refused++;
    else return this.fail(new Error(`an answer with the status ${status}`));
    this.next();
  }
}
