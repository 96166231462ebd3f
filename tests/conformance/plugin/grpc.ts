import {
  Body,
  GrpcCallHandle,
  GrpcCallHandler,
  GrpcStatus,
  GrpcStream,
  GrpcStreamHandler,
  GrpcTarget,
  Headers,
  HeadersAction,
  HttpContext,
  ProtobufReader,
  ProtobufWriter,
  RootContext,
  TimerHandler,
  grpcService,
  lastGrpcFailure,
} from "as-proxy-wasm";
import { OrderedStream } from "./orders";

/** Asks services over gRPC. A message is `{1: text, 2: number}`. */
export class Grpc extends RootContext {
  createHttpContext(): HttpContext {
    return new GrpcCaller(this);
  }
}

function messageOf(text: string, number: u64): Uint8Array {
  return new ProtobufWriter().string(1, text).varint(2, number).finish();
}

function textOf(message: Body): string {
  const reader = new ProtobufReader(message.bytes());
  let text = "?";
  let number: u64 = 0;
  while (reader.next()) {
    if (reader.field == 1) text = reader.string;
    else if (reader.field == 2) number = reader.number;
  }
  return text + "#" + number.toString() + (reader.sound ? "" : " unsound");
}

function field(metadata: Headers, name: string): string {
  const value = metadata.get(name);
  return value === null ? "-" : value;
}

class Unary extends GrpcCallHandler {
  private initial: string = "none";
  private trailing: string = "none";

  constructor(private readonly stream: HttpContext) {
    super();
  }

  onInitialMetadata(metadata: Headers): void {
    this.initial = field(metadata, "x-initial");
  }

  onTrailingMetadata(metadata: Headers): void {
    this.trailing = field(metadata, "x-trailing");
  }

  onResponse(message: Body): void {
    this.stream.sendLocalReply(
      200,
      "message=" + textOf(message) + " initial=" + this.initial + " trailing=" + this.trailing,
    );
  }

  onFailure(status: GrpcStatus, message: string): void {
    this.stream.sendLocalReply(200, "status=" + status.toString() + " message=" + message);
  }
}

class Conversation extends GrpcStreamHandler {
  private said: string = "";
  private initial: string = "none";
  private trailing: string = "none";

  constructor(private readonly caller: GrpcCaller) {
    super();
  }

  onInitialMetadata(metadata: Headers): void {
    this.initial = field(metadata, "x-initial") + "/" + metadata.getAll("x-many").join("+");
  }

  onMessage(message: Body): void {
    this.said += (this.said.length == 0 ? "" : "|") + textOf(message);
    this.caller.heard();
  }

  onTrailingMetadata(metadata: Headers): void {
    this.trailing = field(metadata, "x-trailing");
  }

  onClose(status: GrpcStatus, message: string): void {
    this.caller.sendLocalReply(
      200,
      "initial=" +
        this.initial +
        " said=" +
        this.said +
        " trailing=" +
        this.trailing +
        " status=" +
        status.toString() +
        " message=" +
        message +
        " open=" +
        this.caller.isOpen.toString(),
    );
  }
}

class CancelCall extends TimerHandler {
  constructor(
    private readonly call: GrpcCallHandle,
    private readonly stream: HttpContext,
  ) {
    super();
  }

  onTimer(): void {
    this.call.cancel();
    this.stream.sendLocalReply(200, "cancelled");
  }
}

class GrpcCaller extends OrderedStream {
  private what: string = "";
  private conversation: GrpcStream | null = null;

  constructor(private readonly root: Grpc) {
    super();
  }

  get isOpen(): bool {
    const conversation = this.conversation;
    return conversation !== null && conversation.isOpen;
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.what = this.order("x-do");
    const authority = this.order("x-authority");
    const cluster = this.order("x-cluster");
    const target: GrpcTarget = {
      cluster: authority.length == 0 ? cluster : "",
      serviceBytes: authority.length == 0 ? null : grpcService(cluster, authority),
      service: "conformance.Echo",
      method: this.order("x-method"),
      metadata: [["x-sent", "metadata"]],
    };
    const made = this.what == "unary" || this.what == "cancel-call" ? this.call(target) : this.talk(target);
    if (made) return HeadersAction.Pause;
    this.sendLocalReply(500, "not made: " + lastGrpcFailure().toString());
    return HeadersAction.Continue;
  }

  private call(target: GrpcTarget): bool {
    const message = messageOf(this.order("x-message"), 7);
    const call = this.dispatchGrpcCall(target, message, this.orderedNumber("x-timeout"), new Unary(this));
    if (call === null) return false;
    if (this.what == "cancel-call") this.root.after(60, new CancelCall(call, this));
    return true;
  }

  private talk(target: GrpcTarget): bool {
    const conversation = this.openGrpcStream(target, new Conversation(this));
    if (conversation === null) return false;
    this.conversation = conversation;
    if (this.what == "close-send") {
      for (let i = 1; i <= 3; i++) conversation.send(messageOf("m", i));
      conversation.closeSend();
    } else if (this.what == "end-flag") {
      conversation.send(messageOf("first", 1));
      conversation.send(messageOf("last", 2), true);
    } else {
      conversation.send(messageOf(this.what, 1));
    }
    return true;
  }

  /** A message came. */
  heard(): void {
    const conversation = this.conversation;
    if (conversation === null) return;
    if (this.what == "cancel-stream") {
      conversation.cancel();
      const sent = conversation.send(messageOf("too late", 9));
      this.sendLocalReply(
        200,
        "cancelled open=" + conversation.isOpen.toString() + " sent=" + sent.toString(),
      );
    }
  }
}
