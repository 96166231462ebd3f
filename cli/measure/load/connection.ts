import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { AnswerReader } from "./answer.js";

/** Where requests go, and the bytes of one. */
export interface Target {
  host: string;
  port: number;
  /** Present for TLS: the name that the certificate must hold, and whether it is checked. */
  tls?: { serverName?: string; insecure: boolean };
  /** The whole request, head and body. */
  request: Uint8Array;
  /** The request is a HEAD. */
  isHead: boolean;
}

/** What becomes of a request: its status, or why there is none. */
export type Outcome = (connection: Connection, outcome: number | string) => void;

/** Chunks this long or shorter are read into one buffer over and over, without garbage. */
const bufferSize = 64 * 1024;

/** A connection that is kept alive and takes one request at a time. It connects when it has to. */
export class Connection {
  /** When the request that is under way is counted from; 0 while there is none. */
  since = 0;
  private socket: Socket | null = null;
  private reader: AnswerReader;
  private readonly buffer = Buffer.allocUnsafeSlow(bufferSize);

  constructor(
    private readonly target: Target,
    private readonly outcome: Outcome,
  ) {
    this.reader = new AnswerReader(target.isHead);
  }

  get isBusy(): boolean {
    return this.since !== 0;
  }

  send(since: number): void {
    this.since = since;
    this.socket ??= this.connect();
    this.socket.write(this.target.request);
  }

  /** Gives up what is under way: its outcome is `why`. */
  giveUp(why: string): void {
    this.drop();
    this.settle(why);
  }

  close(): void {
    this.since = 0;
    this.drop();
  }

  private drop(): void {
    this.socket?.destroy();
    this.socket = null;
    this.reader = new AnswerReader(this.target.isHead);
  }

  private settle(outcome: number | string): void {
    if (this.since === 0) return;
    this.outcome(this, outcome);
  }

  private connect(): Socket {
    const { host, port, tls } = this.target;
    const onread = {
      buffer: this.buffer,
      callback: (length: number) => {
        if (this.socket === socket) this.read(this.buffer.subarray(0, length));
        return true;
      },
    };
    const socket: Socket = tls === undefined ? connect({ host, port, onread }) : this.connectTls(tls, onread);
    socket.setNoDelay(true);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (this.socket === socket) this.giveUp(error.code ?? error.message);
    });
    socket.on("close", () => {
      if (this.socket !== socket) return;
      const last = this.reader.close();
      this.drop();
      this.settle(last?.status ?? "the connection closed");
    });
    return socket;
  }

  private connectTls({ serverName, insecure }: NonNullable<Target["tls"]>, onread: object): Socket {
    const { host, port } = this.target;
    const options: ConnectionOptions = {
      host,
      port,
      rejectUnauthorized: !insecure,
      ALPNProtocols: ["http/1.1"],
      ...(serverName !== undefined && { servername: serverName }),
      ...({ onread } as object), // Node's documentation has it, its types do not
    };
    return connectTls(options);
  }

  private read(bytes: Buffer): void {
    if (this.since === 0) return this.drop(); // nothing was asked: a server says that it leaves
    try {
      const end = this.reader.push(bytes);
      if (end === null) return;
      if (!end.keepsAlive) this.drop();
      this.settle(end.status);
    } catch (error) {
      this.giveUp((error as Error).message);
    }
  }
}
