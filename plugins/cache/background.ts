import {
  CallFailure,
  CallOutcome,
  FieldBlock,
  HttpCall,
  HttpCallHandler,
  HttpCallResponse,
  NO_HEADER,
  copyOf,
  decodeSlice,
  now,
  properties,
  sliceOf,
} from "as-proxy-wasm";
import { Asked } from "./asked";
import { Validators } from "./conditions";
import { Entry } from "./entry";
import { Flight } from "./flights";
import { Cache } from "./plugin";
import { ResponseHead } from "./response-head";
import { NOT_KEPT } from "./storability";

const TIMEOUT_MS: u32 = 10000;

/** Fields of a request that are not sent with a call: the host's business, or conditions that are its own. */
const LEFT_OUT: string[] = [
  ":method",
  "connection",
  "content-length",
  "host",
  "if-modified-since",
  "if-none-match",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
];

/**
 * Asks the origin about an entry that was given out stale, by a call to the cluster that the request would have gone to,
 * unless somebody does already. (RFC 5861, 3)
 */
export function refreshInBackground(plugin: Cache, asked: Asked, entry: Entry, low: u64, high: u64): void {
  const flights = plugin.flights;
  if (!asked.isUsual) return;
  const cluster = properties.xds.clusterName();
  if (cluster === null || cluster.length == 0 || flights.isUnderWay(low, high)) return;
  const fields: string[][] = [[":method", "GET"]];
  const field = FieldBlock.cursor(asked.block);
  while (field.next()) {
    const name = field.name;
    if (!LEFT_OUT.includes(name) && !name.startsWith("x-envoy-")) fields.push([name, field.value]);
  }
  const validators = Validators.of(entry.cursor());
  if (validators.etag != NO_HEADER) fields.push(["if-none-match", decodeSlice(validators.etag)]);
  if (validators.lastModified != NO_HEADER)
    fields.push(["if-modified-since", decodeSlice(validators.lastModified)]);
  const call = new HttpCall();
  call.headers = fields;
  call.timeoutMs = TIMEOUT_MS;
  const flight = flights.begin(low, high);
  const handler = new Refresh(plugin, asked, copyOf(entry.bytes), flight, low, high);
  const failure = plugin.dispatchHttpCall(cluster, call, handler);
  if (failure != CallFailure.None && flight !== null) flights.end(flight);
}

/** The origin's answer, which nobody waits for. */
@final
class Refresh extends HttpCallHandler {
  constructor(
    private readonly plugin: Cache,
    private readonly asked: Asked,
    private readonly kept: Uint8Array,
    private readonly flight: Flight | null,
    private readonly low: u64,
    private readonly high: u64,
  ) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    const isKept = response.outcome == CallOutcome.Answered && this.take(response);
    const flight = this.flight;
    if (flight === null) return;
    if (isKept) this.plugin.flights.land(flight, this.low, this.high, true);
    else this.plugin.flights.end(flight);
  }

  private take(response: HttpCallResponse): bool {
    const store = this.plugin.store;
    const time = <i64>(now() / 1000000);
    const block = response.headers.block();
    const head = ResponseHead.read(FieldBlock.cursor(block), time / 1000);
    if (head.status == 304) {
      const entry = Entry.reopen(sliceOf(this.kept));
      return entry !== null && store.refresh(this.asked, entry, block, head, time) !== null;
    }
    const body = response.body;
    const size = body.size;
    const lifetime = store.lifetimeOf(this.asked, head, time);
    const isWhole = head.contentLength < 0 || head.contentLength == <i64>size;
    if (lifetime != NOT_KEPT && isWhole && size <= this.plugin.settings.maxBodySize) {
      return store.keep(this.asked, head, lifetime, block, body.view(), time);
    }
    if (head.status < 500) store.withdraw(this.asked, time);
    return false;
  }
}
