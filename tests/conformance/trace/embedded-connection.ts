import type { StageTime } from "../../../cli/scenarios/stage-time.js";
import { PeerType } from "../../../host/enums.js";
import type { TcpResult, TcpStream } from "../../../host/index.js";
import type { TcpStep } from "./acts.js";
import { tcpAnswer } from "./tcp-script.js";

const gap = 25;

/** A TCP connection through the embedded host: its client, and the server that Envoy's TCP proxy would reach. */
export class EmbeddedConnection {
  readonly upstreamHeard: string[] = [];
  private told = "";
  private isClosed = false;
  private clientEnded = false;
  private upstreamEnded = false;
  /** How many of the bytes that the stream shows as gone on have been passed on already. */
  private passed = 0;

  constructor(
    private readonly stream: TcpStream,
    private readonly time: StageTime,
  ) {
    this.see(stream.newConnection());
  }

  async take(step: TcpStep): Promise<void> {
    if (step === "reset") return this.stream.downstreamClosed();
    if (step === "end" || "send" in step) {
      this.clientEnded = step === "end";
      const result = this.stream.downstreamData(step === "end" ? "" : step.send, this.clientEnded);
      this.see(result);
      this.passOn(result.data.subarray(this.passed), result.end);
      this.passed = 0;
      return;
    }
    for (let left = step.wait; left > 0; left -= 5) {
      await this.time.sleep(5);
      const { data, end } = this.stream.downstreamState;
      this.see(this.stream.downstreamState);
      const news = data.subarray(this.passed);
      this.passed = data.length;
      if (news.length > 0) this.passOn(news, end && this.clientEnded);
    }
  }

  /** What the client heard; of a client that broke off, not whether it saw the end. */
  end(hasBrokenOff: boolean): string[] {
    this.stream.close();
    const end = hasBrokenOff ? "" : ` closed=${this.isClosed}`;
    return [`client: heard ${JSON.stringify(this.told)}${end}`];
  }

  private see(result: TcpResult): void {
    this.isClosed ||= result.closed === true;
  }

  private passOn(data: Uint8Array, end: boolean): void {
    const text = Buffer.from(data).toString();
    if (text !== "") {
      this.upstreamHeard.push(text);
      const { text: said, later, ends = false } = tcpAnswer(text);
      this.answer(said, false);
      if (later !== undefined) this.time.after(100, () => this.answer(later, false));
      if (ends) this.time.after(gap, () => this.answer("", true));
    }
    if (!end) return;
    if (this.upstreamEnded) this.stream.downstreamClosed(PeerType.Remote);
    else this.time.after(gap, () => this.answer("", true));
  }

  private answer(text: string, end: boolean): void {
    if (this.upstreamEnded) return;
    this.upstreamEnded = end;
    const result = this.stream.upstreamData(text, end);
    this.told += Buffer.from(result.data).toString();
    this.see(result);
    if (result.end) this.isClosed = true;
    // Envoy closes what both sides have ended.
    if (result.end && this.clientEnded) this.stream.downstreamClosed(PeerType.Local);
  }
}
