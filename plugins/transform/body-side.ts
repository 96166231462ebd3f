import {
  Body,
  BodyAction,
  Headers,
  HeadersAction,
  LogLevel,
  NO_HEADER,
  Slice,
  copyOf,
  decimal,
  log,
  sizeOf,
  sliceOf,
  visible,
} from "as-proxy-wasm";
import { BodyChanges, contentType, isPlain } from "./body-changes";
import { BodyCopy } from "./body-copy";

/** What becomes of the bodies of one direction: whether they are logged, and what changes in them. */
@final
export class BodySettings {
  /** Bodies that were left alone for their encoding are told of once. */
  private toldOfEncoding: bool = false;

  constructor(
    /** `request` or `response`. */
    readonly name: string,
    readonly changes: BodyChanges,
    readonly logged: bool,
    readonly limit: u32,
    /** Changes are only told of. */
    readonly shadow: bool,
    /** Headers wait until the body is complete, for its length. */
    readonly holdsHeaders: bool,
  ) {}

  /**
   * What is to be done with the body that follows these headers; null where nothing is. A body whose length will change
   * loses its `content-length`, unless the headers wait for the new one.
   */
  begin(headers: Headers, endOfStream: bool): BodySide | null {
    const changes = this.concerned(headers, endOfStream);
    const logged = this.logged && !endOfStream && log.has(LogLevel.Info);
    if (changes === null && !logged) return null;
    const rewrites = changes !== null && !this.shadow;
    if (rewrites && (endOfStream || !this.holdsHeaders)) dropLength(headers, endOfStream);
    return endOfStream ? null : new BodySide(this, changes, copyOf(contentType(headers)), logged);
  }

  /** The changes that the body of a message is to have; null for one that is none of theirs. */
  private concerned(headers: Headers, endOfStream: bool): BodyChanges | null {
    const changes = this.changes;
    if (!changes.any || !changes.concern(contentType(headers))) return null;
    if (headers.has("content-range")) return null;
    if (!isPlain(headers.view("content-encoding"))) {
      if (!this.toldOfEncoding) {
        this.toldOfEncoding = true;
        log.info(this.name + " body: bodies with a content-encoding are left as they are");
      }
      return null;
    }
    const length = headers.number("content-length");
    if (length <= <i64>this.limit) return changes;
    if (!endOfStream) this.tellOfSize();
    return null;
  }

  tellOfSize(): void {
    log.warn(this.name + " body: larger than max_body_size_bytes, left as it is");
  }
}

/** Without a body the length is that of the one which a GET would have got: it would be another one too. */
function dropLength(headers: Headers, endOfStream: bool): void {
  if (headers.number("content-length") > 0 || (!endOfStream && headers.has("content-length"))) {
    headers.remove("content-length");
  }
}

/** A body on its way: held while it may have to change, copied while it is to be told of. */
@final
export class BodySide {
  private readonly copy: BodyCopy | null;
  /** Whether it goes by as it is. */
  private passes: bool;
  /** Whether the headers wait for the body. */
  private readonly headersWait: bool;

  constructor(
    private readonly settings: BodySettings,
    private readonly changes: BodyChanges | null,
    private readonly type: Uint8Array,
    private readonly logged: bool,
  ) {
    const holds = changes !== null && !settings.shadow;
    const copies = logged || !holds;
    this.copy = copies ? new BodyCopy(settings.limit) : null;
    this.passes = !holds;
    this.headersWait = holds && settings.holdsHeaders;
  }

  /** What the headers callback answers. */
  get headersAction(): HeadersAction {
    return this.headersWait ? HeadersAction.Pause : HeadersAction.Continue;
  }

  /** A piece is here; `size` counts what the host holds. */
  onPiece(body: Body, headers: Headers, size: u32, endOfStream: bool): BodyAction {
    const copy = this.copy;
    if (copy !== null) copy.take(body, size);
    if (!this.passes && size > this.settings.limit) {
      this.passes = true;
      this.settings.tellOfSize();
    }
    if (endOfStream) {
      this.complete(body, headers, true);
    } else if (!this.passes) {
      if (copy !== null) copy.held = true;
      return BodyAction.Pause;
    }
    if (copy !== null) copy.held = false;
    return BodyAction.Continue;
  }

  /** The body is complete: at its last piece, or where trailers follow it. */
  complete(body: Body, headers: Headers, endsHere: bool): void {
    this.tell();
    const changes = this.changes;
    if (this.passes || changes === null) return;
    this.passes = true;
    const before = body.view();
    if (sizeOf(before) == 0) return;
    const after = this.changed(changes, before);
    if (after == before) return;
    if (this.headersWait && headers.has("content-length")) {
      // Behind a length there is no place for trailers in HTTP/1.1.
      if (endsHere) headers.set("content-length", decimal(sizeOf(after)));
      else headers.remove("content-length");
    }
    body.setSlice(after);
  }

  private changed(changes: BodyChanges, before: Slice): Slice {
    const after = changes.apply(before, sliceOf(this.type));
    if (changes.mistake.length > 0) log.warn(this.settings.name + " body: " + changes.mistake);
    return after;
  }

  /** Logs the body where that is asked for, and in shadow mode what would become of it. */
  private tell(): void {
    const copy = this.copy;
    if (copy === null || copy.size == 0) return;
    const name = this.settings.name + " body";
    const size = decimal(copy.size) + " bytes";
    if (this.logged) {
      const limit = decimal(this.settings.limit);
      const length = decimal(sizeOf(copy.view()));
      const what = copy.cut ? ", more than " + limit + ": here are the first " + length + "): " : "): ";
      log.info(name + " (" + size + what + visible(copy.view()));
    }
    const changes = this.changes;
    if (changes === null || !this.settings.shadow) return;
    if (copy.cut) return this.settings.tellOfSize();
    const after = this.changed(changes, copy.view());
    if (after != copy.view()) {
      log.info(
        "shadow: would change the " + name + ", " + size + ", to " + decimal(sizeOf(after)) + " bytes",
      );
    }
  }
}
