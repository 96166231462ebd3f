import * as grpc from "@grpc/grpc-js";

/** A message of the conformance service: `{1: text, 2: number}` in protobuf, both below 128. */
export interface Message {
  text: string;
  number: number;
}

/** A call as the server saw it. */
export interface SeenCall {
  method: string;
  authority: string;
  metadata: Record<string, unknown>;
  messages: Message[];
  /** Whether the client ended its side, and whether it broke the call off. */
  ended: boolean;
  cancelled: boolean;
}

function encode({ text, number }: Message): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes, Buffer.from([0x10, number])]);
}

function decode(bytes: Buffer): Message {
  const length = bytes[1] ?? 0;
  return { text: bytes.subarray(2, 2 + length).toString(), number: bytes[3 + length] ?? 0 };
}

const method = (name: string, streaming: boolean) => ({
  path: `/conformance.Echo/${name}`,
  requestStream: streaming,
  responseStream: streaming,
  requestSerialize: encode,
  requestDeserialize: decode,
  responseSerialize: encode,
  responseDeserialize: decode,
});

function metadata(fields: [string, string][]): grpc.Metadata {
  const made = new grpc.Metadata();
  for (const [name, value] of fields) made.add(name, value);
  return made;
}

/**
 * A gRPC server on a free port of the loopback. `Unary` does as the message's text says: `fail` with a status, `wait` for
 * ever, else answer. `Talk` echoes each message, with a status after one that says `server-close`.
 */
export class GrpcServer {
  readonly calls: SeenCall[] = [];

  private constructor(
    private readonly server: grpc.Server,
    readonly port: number,
  ) {}

  static async start(): Promise<GrpcServer> {
    const server = new grpc.Server();
    const service = { Unary: method("Unary", false), Talk: method("Talk", true) };
    server.addService(service, {
      Unary: (call: grpc.ServerUnaryCall<Message, Message>, answer: grpc.sendUnaryData<Message>) =>
        unary(started.see("Unary", call), call, answer),
      Talk: (call: grpc.ServerDuplexStream<Message, Message>) => talk(started.see("Talk", call), call),
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const started = new GrpcServer(server, port);
    return started;
  }

  get last(): SeenCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error("the gRPC server saw no call");
    return call;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private see(
    name: string,
    call: grpc.ServerUnaryCall<Message, Message> | grpc.ServerDuplexStream<Message, Message>,
  ): SeenCall {
    const seen: SeenCall = {
      method: name,
      authority: call.getHost(),
      metadata: call.metadata.getMap(),
      messages: [],
      ended: false,
      cancelled: false,
    };
    call.on("cancelled", () => (seen.cancelled = true));
    this.calls.push(seen);
    return seen;
  }
}

function unary(
  seen: SeenCall,
  call: grpc.ServerUnaryCall<Message, Message>,
  answer: grpc.sendUnaryData<Message>,
): void {
  const { text, number } = call.request;
  seen.messages.push({ text, number });
  if (text === "wait") return;
  if (text === "fail") return answer({ code: grpc.status.NOT_FOUND, details: "no such thing: 50% ü" });
  call.sendMetadata(metadata([["x-initial", "first"]]));
  answer(null, { text: `echo ${text}`, number: number + 1 }, metadata([["x-trailing", "last"]]));
}

function talk(seen: SeenCall, call: grpc.ServerDuplexStream<Message, Message>): void {
  call.sendMetadata(
    metadata([
      ["x-initial", "first"],
      ["x-many", "a"],
      ["x-many", "b"],
    ]),
  );
  call.on("data", (message: Message) => {
    seen.messages.push(message);
    call.write({ text: `echo ${message.text}`, number: message.number + 10 });
    if (message.text !== "server-close") return;
    const status = { code: grpc.status.RESOURCE_EXHAUSTED, details: "that will do" };
    call.emit("error", { ...status, metadata: metadata([["x-trailing", "with the status"]]) });
  });
  call.on("end", () => {
    seen.ended = true;
    call.write({ text: "bye", number: seen.messages.length });
    call.end(metadata([["x-trailing", "last"]]));
  });
  call.on("error", () => {});
}
