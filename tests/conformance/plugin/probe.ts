import {
  BodyAction,
  Config,
  HeadersAction,
  HttpContext,
  RootContext,
  TrailersAction,
  log,
} from "as-proxy-wasm";
import { OrderedStream, ResumeLater, ResumeResponseLater } from "./orders";
import {
  measure,
  nameNothing,
  readBuffers,
  readMaps,
  readProperties,
  versionData,
  writeBuffers,
  writeMaps,
} from "./raw";

/** Asks a host for everything in every callback, and traps where it is asked to. */
export class Probe extends RootContext {
  paths: string[] = [];

  onConfigure(config: Config): bool {
    this.paths = config.strings("paths");
    if (config.bool("probes")) probe("maps buffers nothing properties", this.paths);
    return true;
  }

  createHttpContext(): HttpContext {
    return new ProbedStream(this);
  }
}

/** Does what is named in `what`. */
function probe(what: string, paths: string[]): void {
  if (what.includes("maps")) readMaps();
  if (what.includes("change")) writeMaps();
  if (what.includes("buffers")) readBuffers();
  if (what.includes("bodies")) writeBuffers();
  if (what.includes("nothing")) nameNothing();
  if (what.includes("versions")) versionData();
  if (what.includes("metrics")) measure();
  if (what.includes("properties")) readProperties(paths);
}

class ProbedStream extends OrderedStream {
  private what: string = "";
  private trapIn: string = "";
  private answers: string = "";

  constructor(private readonly root: Probe) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.what = this.order("x-do");
    this.trapIn = this.order("x-trap-in");
    this.answers = this.order("x-answers");
    this.at("request headers");
    return this.action("request headers") as HeadersAction;
  }

  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    this.at("request body");
    return this.action(endOfStream ? "request end" : "request body") as BodyAction;
  }

  onRequestTrailers(): TrailersAction {
    this.at("request trailers");
    return TrailersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.at("response headers");
    return this.action("response headers") as HeadersAction;
  }

  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    this.at("response body");
    return this.action(endOfStream ? "response end" : "response body") as BodyAction;
  }

  onResponseTrailers(): TrailersAction {
    this.at("response trailers");
    return TrailersAction.Continue;
  }

  onLog(): void {
    this.at("log");
  }

  onDone(): void {
    this.at("done");
  }

  onDelete(): void {
    if (this.trapIn == "delete") trap();
  }

  private at(callback: string): void {
    if (this.trapIn == callback) trap();
    // When a stream is logged, nothing of it can be changed any more.
    const isOver = callback == "log" || callback == "done";
    const what = isOver ? this.what.replace("change", "").replace("bodies", "") : this.what;
    probe(what, this.root.paths);
  }

  /** What a callback answers: the number behind its name in `x-answers`, else 0. What waits goes on in 100 ms. */
  private action(callback: string): i32 {
    const at = this.answers.indexOf(callback + "=");
    if (at < 0) return 0;
    // Between pieces of a body the next one lets it go on.
    if (!callback.endsWith(" body")) {
      if (callback.startsWith("request")) this.root.after(100, new ResumeLater(this));
      else this.root.after(100, new ResumeResponseLater(this));
    }
    return this.answers.charCodeAt(at + callback.length + 1) - 0x30;
  }
}

function trap(): void {
  log.info("about to trap");
  unreachable();
}
