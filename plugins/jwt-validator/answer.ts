import { HttpCallHandler, HttpCallResponse, decimal } from "as-proxy-wasm";
import { RemoteKeys } from "./remote-keys";

/** The longest set that is read, in bytes. */
const LONGEST: u32 = 1 << 18;

/** Hears what the service of the keys answers. */
@final
export class Answer extends HttpCallHandler {
  constructor(
    private readonly keys: RemoteKeys,
    private readonly begunAt: u64,
  ) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    const problem = problemOf(response);
    if (problem.length != 0) this.keys.failed(problem, this.begunAt);
    else this.keys.answered(response.body.bytes(), this.begunAt);
  }
}

/** Why an answer is none that has keys; "" where it may be one. */
function problemOf(response: HttpCallResponse): string {
  const failure = response.failure;
  if (failure.length != 0) return "it " + failure;
  if (!response.ok) return "it answered " + decimal(response.status);
  return response.body.size > LONGEST ? "it answered more than 256 KiB" : "";
}
