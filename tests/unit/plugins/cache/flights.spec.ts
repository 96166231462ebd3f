import { RootContext } from "as-proxy-wasm";
import { Flight, Flights, Waiter } from "../../../../plugins/cache/flights";
import { proxy } from "../../support/proxy";

/** How often waiters were told, and how often that they had waited too long. */
let landed = 0;
let timedOut = 0;

class Counting extends Waiter {
  onLanding(late: bool): void {
    if (late) timedOut += 1;
    else landed += 1;
  }
}

/** A worker with its timers. */
class Worker {
  readonly root: RootContext;
  readonly flights: Flights;

  constructor(timeoutMs: u32 = 1000) {
    const root = new RootContext();
    this.root = root;
    this.flights = new Flights(root, "cache:f", timeoutMs);
  }

  /** Lets time go by, and calls what is due then. */
  tick(milliseconds: i32): void {
    proxy.advance(milliseconds);
    const scheduler = this.root.scheduler_;
    if (scheduler !== null) scheduler.fire(this.root);
  }

  waits(low: u64 = 1, high: u64 = 2): bool {
    return this.flights.wait(new Counting(), low, high);
  }

  begin(low: u64 = 1, high: u64 = 2): Flight | null {
    return this.flights.begin(low, high);
  }
}

describe("flights", () => {
  beforeEach(() => {
    proxy.clearShared();
    landed = 0;
    timedOut = 0;
  });

  it("have others wait until they land, of the same thing only", () => {
    const worker = new Worker();
    expect<bool>(worker.waits()).toBe(false);
    const flight = worker.begin()!;
    expect<bool>(worker.begin() === null).toBe(true);
    expect<bool>(worker.flights.isUnderWay(1, 2)).toBe(true);
    expect<bool>(worker.waits()).toBe(true);
    expect<bool>(worker.waits()).toBe(true);
    expect<bool>(worker.waits(1, 3)).toBe(false);
    expect<bool>(worker.waits(2, 2)).toBe(false);
    worker.tick(10);
    expect<i32>(landed).toBe(0);
    worker.flights.land(flight, 1, 2, true);
    worker.tick(1);
    expect<i32>(landed).toBe(2);
    worker.tick(5000);
    expect<i32>(landed + timedOut).toBe(2);
    expect<bool>(worker.flights.isUnderWay(1, 2)).toBe(false);
    expect<bool>(worker.waits()).toBe(false);
  });

  it("have nobody wait for what turned out not to be kept, until it is", () => {
    const worker = new Worker();
    const flight = worker.begin()!;
    expect<bool>(worker.waits()).toBe(true);
    worker.flights.land(flight, 1, 2, false);
    worker.tick(1);
    expect<i32>(landed).toBe(1);
    expect<bool>(worker.begin() === null).toBe(true);
    expect<bool>(worker.waits()).toBe(false);
  });

  it("let the next one try where there was no answer", () => {
    const worker = new Worker();
    worker.flights.end(worker.begin()!);
    const flight = worker.begin();
    expect<bool>(flight !== null).toBe(true);
    // Ended twice is ended once.
    worker.flights.end(flight!);
    worker.flights.end(flight!);
    expect<bool>(worker.begin() !== null).toBe(true);
  });

  it("have nobody wait for longer than the limit", () => {
    const worker = new Worker(100);
    worker.begin();
    worker.waits();
    worker.tick(50);
    worker.waits();
    expect<i32>(timedOut).toBe(0);
    worker.tick(51);
    expect<i32>(timedOut).toBe(2);
    expect<i32>(landed).toBe(0);
  });

  it("are seen by other workers, which look for their end", () => {
    const one = new Worker();
    const two = new Worker();
    const flight = one.begin()!;
    expect<bool>(two.flights.isUnderWay(1, 2)).toBe(true);
    expect<bool>(two.waits()).toBe(true);
    two.tick(5);
    two.tick(5);
    expect<i32>(landed).toBe(0);
    one.flights.land(flight, 1, 2, true);
    two.tick(5);
    two.tick(1);
    expect<i32>(landed).toBe(1);
    expect<bool>(two.waits()).toBe(false);
  });

  it("of a worker that is gone are waited for no longer than the limit", () => {
    const one = new Worker(100);
    const two = new Worker(100);
    one.begin();
    expect<bool>(two.waits()).toBe(true);
    for (let i = 0; i < 30; i++) two.tick(5);
    expect<i32>(landed + timedOut).toBe(1);
    expect<bool>(two.waits()).toBe(false);
    expect<bool>(two.begin() !== null).toBe(true);
  });

  it("leave another's mark alone, and take no more room for more things", () => {
    const one = new Worker();
    const two = new Worker();
    // The same place for both.
    const flight = one.begin(1 << 50, 1)!;
    const late = two.begin(1 << 50, 2)!;
    two.flights.end(late);
    expect<bool>(two.flights.isUnderWay(1 << 50, 1)).toBe(true);
    one.flights.end(flight);
    expect<bool>(two.flights.isUnderWay(1 << 50, 1)).toBe(false);
    for (let key: u64 = 0; key < 3000; key++) one.begin(key << 20, key);
    expect<bool>(proxy.sharedValues() <= 1024).toBe(true);
  });

  it("are none where nobody may wait", () => {
    const worker = new Worker(0);
    worker.begin();
    expect<bool>(worker.waits()).toBe(false);
    expect<i32>(proxy.sharedValues()).toBe(0);
  });
});
