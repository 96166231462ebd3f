/** A module's memory, as hosts read and write there: every access outside of it is refused. */
export class GuestMemory {
  constructor(
    private readonly memory: WebAssembly.Memory,
    /** Has the module allocate; 0 when it has nothing left, or trapped. */
    private readonly allocate: (size: number) => number,
  ) {}

  /** A copy of bytes; undefined where they do not all lie in memory. */
  read(address: number, size: number): Uint8Array | undefined {
    const begin = address >>> 0;
    const length = size >>> 0;
    if (begin + length > this.memory.buffer.byteLength) return undefined;
    return new Uint8Array(this.memory.buffer, begin, length).slice();
  }

  write(address: number, bytes: Uint8Array): boolean {
    const begin = address >>> 0;
    if (begin + bytes.length > this.memory.buffer.byteLength) return false;
    new Uint8Array(this.memory.buffer).set(bytes, begin);
    return true;
  }

  writeU32(address: number, value: number): boolean {
    if ((address >>> 0) + 4 > this.memory.buffer.byteLength) return false;
    new DataView(this.memory.buffer).setUint32(address >>> 0, value >>> 0, true);
    return true;
  }

  writeU64(address: number, value: bigint): boolean {
    if ((address >>> 0) + 8 > this.memory.buffer.byteLength) return false;
    new DataView(this.memory.buffer).setBigUint64(address >>> 0, BigInt.asUintN(64, value), true);
    return true;
  }

  /**
   * Hands bytes over: in memory that the module allocates, with address and size written where it wants them. Nothing is
   * allocated for no bytes. False when there is no memory for it. (cpp-host, `copyToPointerSize`)
   */
  hand(bytes: Uint8Array, addressOut: number, sizeOut: number): boolean {
    if (bytes.length > 0) return this.handAlways(bytes, addressOut, sizeOut);
    return this.writeU32(addressOut, 0) && this.writeU32(sizeOut, 0);
  }

  /** As `hand`, and allocates for no bytes too, as foreign functions do. */
  handAlways(bytes: Uint8Array, addressOut: number, sizeOut: number): boolean {
    const address = this.allocate(bytes.length) >>> 0;
    if (address === 0 || !this.write(address, bytes)) return false;
    return this.writeU32(addressOut, address) && this.writeU32(sizeOut, bytes.length);
  }
}
