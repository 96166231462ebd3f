/**
 * A module's memory as the host reads and writes it. Memory that has grown is another buffer, and what looked into the one
 * before is empty: that is quicker to see than to ask the memory for its buffer.
 */
export class MemoryView {
  private bytes = new Uint8Array(0);
  private view = new DataView(new ArrayBuffer(0));

  memory: WebAssembly.Memory | null = null;

  private refresh(): void {
    if (this.bytes.length !== 0) return;
    const { buffer } = this.memory!;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  get size(): number {
    return this.memory!.buffer.byteLength;
  }

  getU32(at: number): number {
    this.refresh();
    return this.view.getUint32(at >>> 0, true);
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

  /** Fills a piece from there, as `write` writes it. */
  read(at: number, piece: Uint8Array): void {
    this.refresh();
    const from = at >>> 0;
    for (let index = 0; index < piece.length; index++) piece[index] = this.bytes[from + index]!;
  }

  copy(at: number, size: number): Uint8Array {
    this.refresh();
    return this.bytes.slice(at >>> 0, (at >>> 0) + size);
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
