import {
  Headers,
  Histogram,
  LabelledCounter,
  NO_HEADER,
  OTHER_VALUES,
  SeriesLimit,
  Slice,
  properties,
  sizeOf,
} from "as-proxy-wasm";
import { ActiveRequests } from "./active-requests";
import { Detail, reservedFor } from "./detail";
import { Label, METHODS, NO_VALUE, RESPONSE_CLASSES, Source, namesOf, responseClass } from "./labels";

const NANOSECONDS_PER_MILLISECOND: i64 = 1000000;

/** Before the names of what it keeps in shared data, with the version of its layout. */
const SHARED_NAME: string = "custom-metrics:1:";

/** The metrics of one prefix, as one VM writes them. */
@final
export class RequestMetrics {
  private readonly requests: LabelledCounter;
  private readonly duration: Histogram;
  private readonly requestBytes: Histogram;
  private readonly responseBytes: Histogram;

  constructor(
    prefix: string,
    private readonly labels: Label[],
    private readonly maxSeries: u32,
    readonly active: ActiveRequests,
  ) {
    const limit = new SeriesLimit(SHARED_NAME + prefix, maxSeries);
    this.requests = new LabelledCounter(prefix + "_requests_total", namesOf(labels), limit);
    this.duration = new Histogram(prefix + "_request_duration_milliseconds");
    this.requestBytes = new Histogram(prefix + "_request_bytes");
    this.responseBytes = new Histogram(prefix + "_response_bytes");
  }

  /** Counts a request that is over, whatever became of it. For `onLog`, where the host knows all of it. */
  record(request: Headers): void {
    this.count(request, responseClass(properties.response.code()));
    const duration = properties.request.duration();
    if (duration >= 0) this.duration.record(duration / NANOSECONDS_PER_MILLISECOND);
    // What came of the body: request.size is what content-length says, be it true or not.
    const received = properties.request.totalSize() - max<i64>(properties.request.headersBytes(), 0);
    if (received >= 0) this.requestBytes.record(received);
    const sent = properties.response.size();
    if (sent >= 0) this.responseBytes.record(sent);
  }

  /** Counts it as exactly as the limit lets it. */
  private count(request: Headers, responseClass: i32): void {
    const method = request.view(":method");
    for (let detail = Detail.All; detail < Detail.None; detail++) {
      this.describe(request, method, responseClass, detail);
      if (this.requests.add(1, reservedFor(detail, this.maxSeries))) return;
    }
    this.describe(request, method, responseClass, Detail.None);
    this.requests.addAnyway();
  }

  private describe(request: Headers, method: Slice, responseClass: i32, detail: Detail): void {
    const requests = this.requests;
    requests.begin();
    for (let i = 0; i < this.labels.length; i++) {
      const label = unchecked(this.labels[i]);
      if (label.source == Source.Header && detail == Detail.All) {
        const value = request.view(label.header);
        if (value == NO_HEADER || sizeOf(value) == 0) requests.text(NO_VALUE);
        else requests.value(value);
      } else if (label.source == Source.Method && detail <= Detail.MethodAndClass && method != NO_HEADER) {
        requests.oneOf(method, METHODS);
      } else if (label.source == Source.ResponseClass && detail <= Detail.Class && responseClass >= 0) {
        requests.text(RESPONSE_CLASSES[responseClass]);
      } else {
        requests.text(OTHER_VALUES);
      }
    }
  }
}
