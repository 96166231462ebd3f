import {
  CallFailure,
  HttpCallHandler,
  HttpCallResponse,
  JsonWriter,
  RootContext,
  Timer,
  TimerHandler,
} from "as-proxy-wasm";
import { readAnswers, unanswered } from "./answer";
import { Decision, Outcome } from "./decision";
import { Question, jsonCall } from "./question";
import { Settings } from "./settings";
import { ExtAuthStream } from "./stream";

/** A request that waits, and what is asked about it. */
@final
class Waiting {
  constructor(
    readonly stream: ExtAuthStream,
    readonly question: Question,
  ) {}
}

/** Requests that are asked about in one call. It goes when it is full, or when the first of them has waited long enough. */
@final
export class Batch {
  private waiting: Waiting[] = [];
  private timer: Timer | null = null;

  constructor(
    private readonly root: RootContext,
    private readonly settings: Settings,
  ) {}

  add(stream: ExtAuthStream, question: Question): void {
    this.waiting.push(new Waiting(stream, question));
    if (<u32>this.waiting.length >= this.settings.batchSize) this.send();
    else if (this.timer === null) {
      this.timer = this.root.after(this.settings.batchTimeoutMs, new Due(this));
    }
  }

  send(): void {
    const timer = this.timer;
    if (timer !== null) timer.cancel();
    this.timer = null;
    const asked = this.waiting.filter((one) => one.stream.isWaiting);
    this.waiting = [];
    if (asked.length == 0) return;
    const json = new JsonWriter().beginObject().key("requests").beginList();
    for (let i = 0; i < asked.length; i++) json.raw(asked[i].question.json);
    const call = jsonCall(this.settings, json.endList().endObject().text());
    // The root asks: whoever of them leaves, the others are still waiting.
    const failure = this.root.dispatchHttpCall(
      this.settings.cluster,
      call,
      new Answers(asked, this.settings),
    );
    // This may be a callback of one of the streams, in which the others cannot be answered.
    if (failure != CallFailure.None) this.root.after(0, new Unsent(asked));
  }
}


@final
class Due extends TimerHandler {
  constructor(private readonly batch: Batch) {
    super();
  }

  onTimer(): void {
    this.batch.send();
  }
}


@final
class Unsent extends TimerHandler {
  constructor(private readonly waiting: Waiting[]) {
    super();
  }

  onTimer(): void {
    decideAll(this.waiting, new Decision(Outcome.Unavailable, "the auth service cannot be asked"));
  }
}


@final
class Answers extends HttpCallHandler {
  constructor(
    private readonly waiting: Waiting[],
    private readonly settings: Settings,
  ) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    const waiting = this.waiting;
    const failure = unanswered(response);
    if (failure !== null) return decideAll(waiting, failure);
    const decisions = readAnswers(response, waiting.length, this.settings);
    for (let i = 0; i < waiting.length; i++) waiting[i].stream.hear(waiting[i].question, decisions[i]);
  }
}

function decideAll(waiting: Waiting[], decision: Decision): void {
  for (let i = 0; i < waiting.length; i++) waiting[i].stream.hear(waiting[i].question, decision);
}
