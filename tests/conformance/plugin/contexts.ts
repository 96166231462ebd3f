import { Config, HeadersAction, HttpContext, RootContext, TimerHandler, log } from "as-proxy-wasm";
import { OrderedStream } from "./orders";

/** Lets streams act on each other, and ticks on streams. */
export class Contexts extends RootContext {
  private parked: ContextStream[] = [];
  private ticking: ContextStream[] = [];
  private refused: ContextStream[] = [];

  onConfigure(config: Config): bool {
    this.setTickPeriod(20);
    return true;
  }

  onTick(): void {
    const ticking = this.ticking;
    this.ticking = [];
    for (let i = 0; i < ticking.length; i++) ticking[i].release("by the tick");
    const refused = this.refused;
    this.refused = [];
    for (let i = 0; i < refused.length; i++) refused[i].sendLocalReply(200, "answered by the tick");
  }

  createHttpContext(): HttpContext {
    return new ContextStream(this);
  }

  park(stream: ContextStream): void {
    this.parked.push(stream);
  }

  waitForTick(stream: ContextStream): void {
    this.ticking.push(stream);
  }

  waitToBeAnswered(stream: ContextStream): void {
    this.refused.push(stream);
  }

  /** What waits, the oldest first. */
  takeParked(): ContextStream[] {
    const parked = this.parked;
    this.parked = [];
    return parked;
  }
}

class ContextStream extends OrderedStream {
  private name: string = "";

  constructor(private readonly root: Contexts) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const what = this.order("x-do");
    this.name = this.order("x-name");
    if (what == "park") {
      this.root.park(this);
      log.info("parked " + this.name);
      return HeadersAction.Pause;
    }
    if (what == "tick") {
      this.root.waitForTick(this);
      return HeadersAction.Pause;
    }
    if (what == "release") {
      const parked = this.root.takeParked();
      for (let i = 0; i < parked.length; i++) parked[i].release(this.name);
      // The releasing stream is the effective context again.
      this.request.headers.set("x-own", this.name);
    }
    if (what == "answer") {
      const parked = this.root.takeParked();
      for (let i = 0; i < parked.length; i++) {
        if (!parked[i].sendLocalReply(200, "answered by " + this.name)) this.root.waitToBeAnswered(parked[i]);
      }
      this.request.headers.set("x-own", this.name);
    }
    return HeadersAction.Continue;
  }

  release(by: string): void {
    this.request.headers.set("x-released", this.name + " " + by);
    this.request.resume();
  }
}

/** A plugin that is not done when it is told to end. */
export class Delayed extends RootContext {
  private name: string = "";

  onConfigure(config: Config): bool {
    this.name = config.string("name");
    return true;
  }

  onDone(): bool {
    log.info("not done yet: " + this.name);
    this.after(100, new EndIt(this));
    return false;
  }

  end(): void {
    log.info("done now: " + this.name);
    this.done();
  }

  onDelete(): void {
    log.info("deleted: " + this.name);
  }

  createHttpContext(): HttpContext {
    return new NamedStream(this.name);
  }
}

class EndIt extends TimerHandler {
  constructor(private readonly root: Delayed) {
    super();
  }

  onTimer(): void {
    this.root.end();
  }
}

class NamedStream extends HttpContext {
  constructor(private readonly name: string) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.request.headers.set("x-configured", this.name);
    return HeadersAction.Continue;
  }
}
