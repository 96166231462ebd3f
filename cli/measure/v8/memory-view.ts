/** A module's memory as the host reads and writes it; memory that has grown is another buffer. */
export class MemoryView {
  private bytes = new Uint8Array(0);
  private view = new DataView(new ArrayBuffer(0));

  memory: WebAssembly.Memory | null = null;

  private refresh(): void {
    const buffer = this.memory!.buffer;
    if (this.bytes.buffer === buffer) return;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  get size(): number {
    return this.memory!.buffer.byteLength;
  }

  setU32(at: number, value: number): void {
    this.refresh();
    this.view.setUint32(at >>> 0, value, true);
  }

  setU64(at: number, low: number, high: number): void {
    this.refresh();
    this.view.setUint32(at >>> 0, low, true);
    this.view.setUint32((at >>> 0) + 4, high, true);
  }

  /** Short pieces byte by byte: that is quicker than a call of `set`. */
  write(at: number, piece: Uint8Array): void {
    this.refresh();
    const from = at >>> 0;
    if (piece.length > 64) return this.bytes.set(piece, from);
    for (let index = 0; index < piece.length; index++) this.bytes[from + index] = piece[index]!;
  }

  equals(at: number, piece: Uint8Array): boolean {
    this.refresh();
    const from = at >>> 0;
    for (let index = 0; index < piece.length; index++)
      if (this.bytes[from + index] !== piece[index]) return false;
    return true;
  }

  text(at: number, length: number): string {
    this.refresh();
    return new TextDecoder().decode(this.bytes.subarray(at >>> 0, (at >>> 0) + length));
  }
}
