import {
  Config,
  Counter,
  Gauge,
  HeadersAction,
  Histogram,
  HttpContext,
  RootContext,
  SharedQueue,
  SharedSlots,
  Timer,
  TimerHandler,
  log,
  metricName,
  properties,
  sharedData,
} from "as-proxy-wasm";
import { OrderedStream, utf8 } from "./orders";

/** Shares data, queues and metrics, and counts time. */
export class State extends RootContext {
  readonly slots: SharedSlots = new SharedSlots("conformance.slots.", 64);
  private jobs: SharedQueue | null = null;
  private ticks: Counter = new Counter("conformance.ticks");
  private ended: Timer | null = null;

  onConfigure(config: Config): bool {
    this.jobs = SharedQueue.register("jobs");
    if (!config.bool("timers")) return true;
    this.setTickPeriod(50);
    this.every(20, new Count("conformance.every", null));
    this.after(120, new Count("conformance.once", null));
    this.after(60, new Count("conformance.never", null)).cancel();
    const limited = new Count("conformance.limited", null);
    limited.timer = this.every(10, limited);
    return true;
  }

  onTick(): void {
    this.ticks.add();
  }

  onQueueReady(queueId: u32): void {
    const jobs = this.jobs;
    if (jobs === null || jobs.id != queueId) return;
    let entry = jobs.dequeue();
    while (entry !== null) {
      new Counter("conformance.jobs").add();
      log.info("job <" + String.UTF8.decode(entry.buffer) + ">");
      entry = jobs.dequeue();
    }
  }

  createHttpContext(): HttpContext {
    return new StateStream(this);
  }
}

/** Counts how often it was called; with a timer of its own it ends that after the third time. */
class Count extends TimerHandler {
  private counter: Counter;
  private times: i32 = 0;

  constructor(
    name: string,
    public timer: Timer | null,
  ) {
    super();
    this.counter = new Counter(name);
  }

  onTimer(): void {
    this.counter.add();
    this.times += 1;
    const timer = this.timer;
    if (timer !== null && this.times == 3) timer.cancel();
  }
}

function orNull(text: string | null): string {
  return text === null ? "(null)" : text;
}

class StateStream extends OrderedStream {
  private what: string = "";

  constructor(private readonly root: State) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.what = this.order("x-do");
    if (this.what == "count") this.count();
    else if (this.what == "set") this.set();
    else if (this.what == "get") this.get();
    else if (this.what == "race") this.race();
    else if (this.what == "slots") this.useSlots();
    else if (this.what == "enqueue") this.enqueue();
    else if (this.what == "queue") this.useQueue();
    else if (this.what == "metrics") this.measure();
    else if (this.what == "note") this.note();
    else if (this.what == "tell") this.tell();
    return HeadersAction.Continue;
  }

  private count(): void {
    const times = this.orderedNumber("x-times");
    const counter = new Counter("conformance.counted");
    for (let i: u32 = 0; i < times; i++) sharedData.add("conformance.count", 1);
    counter.add(times);
    this.sendLocalReply(200, sharedData.count("conformance.count").toString());
  }

  private set(): void {
    sharedData.set(this.order("x-key"), this.order("x-value"));
    this.sendLocalReply(204);
  }

  private get(): void {
    this.sendLocalReply(200, orNull(sharedData.get(this.order("x-key"))));
  }

  /** Writes with a version that somebody else's write has made old, then with the new one. */
  private race(): void {
    const key = this.order("x-key");
    const first = sharedData.setIf(key, utf8("first"), null);
    const before = sharedData.read(key);
    sharedData.set(key, "in between");
    const late = sharedData.setIf(key, utf8("late"), before);
    const now = sharedData.read(key);
    const again = sharedData.setIf(key, utf8("again"), now);
    const text = sharedData.get(key);
    this.sendLocalReply(200, [first.toString(), late.toString(), again.toString(), orNull(text)].join(" "));
  }

  private useSlots(): void {
    const key = this.order("x-key");
    if (this.order("x-value").length != 0) {
      const kept = this.root.slots.set(key, utf8(this.order("x-value")), 1);
      this.sendLocalReply(200, kept.toString());
      return;
    }
    const value = this.root.slots.get(key);
    this.sendLocalReply(200, value === null ? "(null)" : String.UTF8.decode(value.buffer));
  }

  private enqueue(): void {
    const queue = SharedQueue.resolve("jobs", this.order("x-vm"));
    const sent = queue !== null && queue.enqueue(utf8(this.order("x-entry")));
    this.sendLocalReply(200, sent ? "enqueued" : "no such queue");
  }

  private useQueue(): void {
    const queue = SharedQueue.register("quiet");
    if (queue === null) return;
    queue.enqueue(utf8("one"));
    queue.enqueue(new Uint8Array(0));
    queue.enqueue(utf8("three"));
    let said = "";
    let entry = queue.dequeue();
    while (entry !== null) {
      said += "<" + String.UTF8.decode(entry.buffer) + ">";
      entry = queue.dequeue();
    }
    this.sendLocalReply(200, said);
  }

  private measure(): void {
    const counter = new Counter("conformance.counter");
    counter.add(3);
    counter.add(0);
    const gauge = new Gauge("conformance.gauge");
    gauge.set(40);
    gauge.add(5);
    gauge.add(-3);
    new Histogram("conformance.histogram").record(17);
    new Counter(
      metricName("conformance_requests_total", [
        ["method", "GET"],
        ["host", "a.b;c"],
      ]),
    ).add(2);
    this.sendLocalReply(200, counter.value.toString() + " " + gauge.value.toString());
  }

  /** The plugin that comes first sets a property, the second one reads it. */
  private note(): void {
    if (properties.plugin.pluginName() == "second") {
      this.request.headers.set("x-read-by-second", orNull(properties.text("note")));
      return;
    }
    const set = properties.set("note", this.order("x-value"));
    const denied = properties.set("request", "x") && properties.text("request\0path") != this.order(":path");
    this.request.headers.set("x-set", set.toString());
    this.request.headers.set("x-overwritten", denied.toString());
  }

  /** What the host knows, as headers that the upstream sees. */
  private tell(): void {
    const headers = this.request.headers;
    headers.set("x-path", orNull(properties.request.path()));
    headers.set("x-url-path", orNull(properties.request.urlPath()));
    headers.set("x-query", orNull(properties.request.query()));
    headers.set("x-protocol", orNull(properties.request.protocol()));
    headers.set("x-start", properties.request.time().toString());
    headers.set("x-header", orNull(properties.request.header("x-many")));
    headers.set("x-plugin", orNull(properties.plugin.pluginName()));
    headers.set("x-root-id", orNull(properties.plugin.rootId()));
    headers.set("x-vm-id", orNull(properties.plugin.vmId()));
    headers.set("x-source", orNull(properties.text("source\0address")));
    headers.set("x-mtls", properties.flag("connection\0mtls").toString());
    headers.set("x-absent", orNull(properties.text("request\0nothing")));
    headers.set("x-whole-group", orNull(properties.text("request")));
  }

  onLog(): void {
    if (this.what == "tell") {
      log.info("code " + properties.integer("response\0code").toString());
    }
  }
}
