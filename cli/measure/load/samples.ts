/** Numbers as they come, many, without an object each. */
export class Samples {
  private values = new Float64Array(4096);
  private count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = value;
  }

  /** A copy of its own, in the order in which they came. */
  toArray(): Float64Array<ArrayBuffer> {
    return this.values.slice(0, this.count);
  }
}
