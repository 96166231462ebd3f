import { copyOf, slice } from "../runtime/slice";
import { decode, encodeTo, maximumSize } from "../runtime/utf8";

/** How a field is written. (Protocol Buffers, 'Encoding') */
export enum WireType {
  Varint = 0,
  Fixed64 = 1,
  Bytes = 2,
  Fixed32 = 5,
}

const LARGEST_VARINT: usize = 10;

/** Writes a protobuf message, field by field. Fields with their default value may be left out. */
@final
export class ProtobufWriter {
  private buffer: Uint8Array = new Uint8Array(64);
  private length: i32 = 0;

  /** The message's bytes. */
  finish(): Uint8Array {
    return copyOf(slice(this.buffer.dataStart, this.length));
  }

  /** A number of type int32, int64, uint32, uint64, bool or enum. */
  varint(field: u32, value: u64): ProtobufWriter {
    this.tag(field, WireType.Varint);
    this.number(value);
    return this;
  }

  /** A number of type double. */
  double(field: u32, value: f64): ProtobufWriter {
    this.tag(field, WireType.Fixed64);
    this.reserve(8);
    store<f64>(this.buffer.dataStart + this.length, value);
    this.length += 8;
    return this;
  }

  /** A text. */
  string(field: u32, value: string): ProtobufWriter {
    const most = maximumSize(value);
    const text = heap.alloc(most);
    const size = encodeTo(value, text);
    this.block(field, text, size);
    heap.free(text);
    return this;
  }

  /** Bytes, or a nested message. */
  bytes(field: u32, value: Uint8Array): ProtobufWriter {
    this.block(field, value.dataStart, value.length);
    return this;
  }

  private block(field: u32, data: usize, size: usize): void {
    this.tag(field, WireType.Bytes);
    this.number(size);
    this.reserve(size);
    memory.copy(this.buffer.dataStart + this.length, data, size);
    this.length += <i32>size;
  }

  private tag(field: u32, type: WireType): void {
    this.number((field << 3) | (<u32>type));
  }

  private number(value: u64): void {
    this.reserve(LARGEST_VARINT);
    let at = this.buffer.dataStart + this.length;
    while (value >= 0x80) {
      store<u8>(at++, <u8>(value | 0x80));
      value >>= 7;
    }
    store<u8>(at++, <u8>value);
    this.length = <i32>(at - this.buffer.dataStart);
  }

  private reserve(size: usize): void {
    const needed = <usize>this.length + size;
    if (needed <= <usize>this.buffer.length) return;
    const larger = new Uint8Array(<i32>max(needed, <usize>this.buffer.length * 2));
    memory.copy(larger.dataStart, this.buffer.dataStart, this.length);
    this.buffer = larger;
  }
}

/**
 * Reads a protobuf message, field by field: `while (reader.next()) switch (reader.field) { case 1: reader.string(); }`.
 * Nothing is read beyond the end. What does not fit ends the reading, and `sound` is false.
 */
@final
export class ProtobufReader {
  /** The number of the field that `next` came to. */
  field: u32 = 0;
  /** How it is written. */
  type: WireType = WireType.Varint;
  /** Whether all was well so far. */
  sound: bool = true;
  private at: usize;
  private end: usize;
  private value: u64 = 0;
  private data: usize = 0;

  /** The bytes stay where they are, so they are kept here. */
  constructor(private readonly message: Uint8Array) {
    this.at = message.dataStart;
    this.end = message.dataStart + message.length;
  }

  /** Goes to the next field; false at the end, and where something does not fit. */
  next(): bool {
    if (this.at >= this.end || !this.sound) return false;
    const tag = this.varint();
    this.field = <u32>(tag >> 3);
    this.type = <WireType>(tag & 7);
    if (!this.sound || tag > u32.MAX_VALUE || this.field == 0) return this.stop();
    if (this.type == WireType.Varint) {
      this.value = this.varint();
    } else if (this.type == WireType.Fixed64) {
      if (this.end - this.at < 8) return this.stop();
      this.value = load<u64>(this.at);
      this.at += 8;
    } else if (this.type == WireType.Fixed32) {
      if (this.end - this.at < 4) return this.stop();
      this.value = load<u32>(this.at);
      this.at += 4;
    } else if (this.type == WireType.Bytes) {
      this.value = this.varint();
      if (this.value > <u64>(this.end - this.at)) return this.stop();
      this.data = this.at;
      this.at += <usize>this.value;
    } else {
      return this.stop();
    }
    return this.sound;
  }

  /** The field as a number; of a field of bytes, how many they are. */
  get number(): u64 {
    return this.value;
  }

  /** The field as a number of type double; 0 when it is not written as one. */
  get double(): f64 {
    return this.type == WireType.Fixed64 ? reinterpret<f64>(this.value) : 0;
  }

  /** The field as text; "" when it is none. */
  get string(): string {
    return this.type == WireType.Bytes ? decode(this.data, <usize>this.value) : "";
  }

  /** The field as bytes; empty when it is none. */
  get bytes(): Uint8Array {
    return this.type == WireType.Bytes ? copyOf(slice(this.data, <usize>this.value)) : new Uint8Array(0);
  }

  /** A reader for the field as a nested message; one of an empty message when it is none. */
  get nested(): ProtobufReader {
    return new ProtobufReader(this.bytes);
  }

  private varint(): u64 {
    let value: u64 = 0;
    let shift: u64 = 0;
    while (this.at < this.end && shift < 70) {
      const byte = <u64>load<u8>(this.at);
      this.at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
    this.stop();
    return 0;
  }

  private stop(): bool {
    this.sound = false;
    return false;
  }
}
