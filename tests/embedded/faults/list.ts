/** A way in which the embedded host could be wrong: a text of one of its files in the place of another. */
export interface Fault {
  name: string;
  /** From `host/`. */
  file: string;
  from: string;
  to: string;
  /** Whether it is planted by default; all are with `AS_PROXY_WASM_FAULTS=all`. */
  quick?: true;
}

/** Each must be caught by the trace or by a scenario. */
export const faults: readonly Fault[] = [
  {
    name: "an absent header is a bad argument",
    file: "calls/headers.ts",
    from: `absent = abiVersion === "0_1_0" ? Status.Ok : Status.NotFound`,
    to: `absent = abiVersion === "0_1_0" ? Status.Ok : Status.BadArgument`,
  },
  {
    name: "a pause in the headers is lost",
    file: "http-side.ts",
    from: `case HeadersStatus.StopAllIterationAndWatermark:
        this.iteration = "held unseen and unread";
        break;`,
    to: `case HeadersStatus.StopAllIterationAndWatermark:
        this.releaseHeaders(end);
        break;`,
    quick: true,
  },
  {
    name: "a body that a callback holds goes on",
    file: "http-side.ts",
    from: `if (status === DataStatus.Continue) this.pass(data, end);`,
    to: `if (status <= DataStatus.StopIterationAndBuffer) this.pass(data, end);`,
  },
  {
    name: "a body that was held is not given when it is let go on",
    file: "http-side.ts",
    from: `else this.releaseBody(this.held, end);`,
    to: `else this.progress.end ||= end;`,
  },
  {
    name: "names of headers are case-sensitive",
    file: "header-map.ts",
    from: `  get(name: string): Uint8Array | undefined {
    const wanted = this.nameOf(name);`,
    to: `  get(name: string): Uint8Array | undefined {
    const wanted = name;`,
  },
  {
    name: "names of headers are kept in mixed case",
    file: "header-map.ts",
    from: `const field = { name: this.nameOf(name), value`,
    to: `const field = { name, value`,
    quick: true,
  },
  {
    name: "local replies have another content-type",
    file: "local-reply.ts",
    from: `headers.add("content-type", "text/plain")`,
    to: `headers.add("content-type", "text/html")`,
    quick: true,
  },
  {
    name: "local replies run no response callbacks",
    file: "http-filter.ts",
    from: `if (this.isSkipped || (this.hasFailed && direction === "response")) return "passes";`,
    to: `if (this.isSkipped || (direction === "response" && stream.requestState.localReply)) return "passes";`,
  },
  {
    name: "a header's value is all of its values",
    file: "calls/headers.ts",
    from: `const value = fields instanceof HeaderMap ? fields.get(field) : undefined;`,
    to: `const value = fields instanceof HeaderMap ? fields.joined(field) : undefined;`,
  },
  {
    name: "trailers are lost",
    file: "http-side.ts",
    from: `    this.trailersSent = true;
    this.progress.trailers = true;`,
    to: `    this.trailersSent = true;`,
  },
  {
    name: "no body callback has the end of the stream",
    file: "http-filter.ts",
    from: `this.ask(direction, "body", [size, Number(end)])`,
    to: `this.ask(direction, "body", [size, 0])`,
  },
  {
    name: "streams are done before they are logged",
    file: "http-stream.ts",
    from: `    this.filter.log();
    this.isLogging = false;`,
    to: `    this.filter.done();
    this.filter.log();
    this.isLogging = false;`,
  },
  {
    name: "streams are not deleted",
    file: "host-context.ts",
    from: `if (this.isCreated) this.vm.call(this, "proxy_on_delete", this.id);`,
    to: ``,
  },
  {
    name: "a refused callout looks like an answer",
    file: "callouts.ts",
    from: `refused: {
    status: 503,`,
    to: `refused: {
    status: 200,`,
  },
  {
    name: "the body of a callout's answer is lost",
    file: "callouts.ts",
    from: `body: toBytes(answer.body ?? noBytes), trailers`,
    to: `body: noBytes, trailers`,
  },
  {
    name: "a timeout of a callout is ignored",
    file: "callouts.ts",
    from: `this.finish(token, "timeout");`,
    to: ``,
  },
  {
    name: "the period of ticks is ignored",
    file: "timer.ts",
    from: `    this.period = milliseconds;
    if (!runs) this.left = milliseconds > 0 ? milliseconds : undefined;`,
    to: `    this.period = milliseconds > 0 ? 1 : 0;
    if (!runs) this.left = milliseconds > 0 ? 1 : undefined;`,
  },
  {
    name: "versions of shared data are not compared",
    file: "shared-state.ts",
    from: `if (present !== undefined && cas !== 0 && cas !== present.cas) return Status.CasMismatch;`,
    to: ``,
    quick: true,
  },
  {
    name: "queues give the newest entry first",
    file: "shared-state.ts",
    from: `return known.entries.shift() ?? Status.Empty;`,
    to: `return known.entries.pop() ?? Status.Empty;`,
  },
  {
    name: "a gauge grows by what it is set to",
    file: "calls/metrics.ts",
    from: `known.value = known.type === MetricType.Gauge ? amount :`,
    to: `known.value = known.type === MetricType.Gauge ? known.value + amount :`,
  },
  {
    name: "a property that there is not is empty",
    file: "calls/properties.ts",
    from: `return found instanceof Uint8Array ? access.give(found, data, size) : found;`,
    to: `return access.give(found instanceof Uint8Array ? found : new Uint8Array(0), data, size);`,
  },
  {
    name: "the limit of buffers is ignored",
    file: "http-side.ts",
    from: `if (!this.slowsSender) this.callbacks.onOverflow();`,
    to: ``,
  },
  {
    name: "streams of a dead plugin pass under FAIL_CLOSED",
    file: "host.ts",
    from: `this.settings.failurePolicy === "FAIL_OPEN"`,
    to: `this.settings.failurePolicy !== "FAIL_OPEN"`,
  },
  {
    name: "a dead plugin does not begin anew under FAIL_RELOAD",
    file: "host.ts",
    from: `failurePolicy !== "FAIL_RELOAD") return this.worker;`,
    to: `failurePolicy !== undefined) return this.worker;`,
  },
  {
    name: "a configuration is not tried in a VM of its own",
    file: "host.ts",
    from: `    const canary = new Worker(guest, unobserved);
    canary.discard();`,
    to: `    const canary = new Worker(guest, { ...unobserved, log: () => {} });
    canary.discard();`,
  },
  {
    name: "a configuration that is refused is taken",
    file: "host.ts",
    from: `this.configured = this.worker.root.refusal === null;`,
    to: `this.configured = true;`,
  },
  {
    name: "metrics are each VM's own",
    file: "calls/metrics.ts",
    from: `return known && settings.shared.metric(known.type, known.name);`,
    to: `return known && settings.shared.metric(known.type, \`\${known.name} of \${access.vm.tokens.dns}\`);`,
  },
  {
    name: "an effective context that there is not is taken",
    file: "calls/general.ts",
    from: `if (id !== 0 && !vm.contexts.has(id >>> 0)) return Status.BadArgument;`,
    to: ``,
  },
  {
    name: "hostcalls do not act on the effective context",
    file: "vm.ts",
    from: `return this.contexts.get(this.effectiveId) ?? this.current;`,
    to: `return this.current;`,
  },
  {
    name: "what is compressed cannot be uncompressed",
    file: "foreign/functions.ts",
    from: `{ status: Status.Ok, result: deflate(args) }`,
    to: `{ status: Status.Ok, result: args }`,
  },
  {
    name: "lines below the level of the log are logged",
    file: "host.ts",
    from: `if (level < Number(options.logLevel ?? LogLevel.Info)) return;`,
    to: ``,
  },
  {
    name: "a buffer is written to in the middle",
    file: "body-buffer.ts",
    from: `if (start < this.bytes.length) return false;`,
    to: `if (start < this.bytes.length) this.bytes = this.bytes.subarray(0, start);`,
  },
  {
    name: "connections hold nothing",
    file: "tcp-stream.ts",
    from: `if (!this.isOver() && action === 0) {`,
    to: `if (!this.isOver()) {`,
  },
  {
    name: "the status of a gRPC call is lost",
    file: "root-host.ts",
    from: `this.callStatus = { code, message: toBytes(message) };`,
    to: `this.callStatus = { code: 0, message: toBytes(message) };`,
  },
  {
    name: "continuing a stream does nothing",
    file: "http-stream.ts",
    from: `      side.proceed();
      this.tellProgress();`,
    to: ``,
    quick: true,
  },
];
