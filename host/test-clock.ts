/** A clock that stands still until it is told how much time goes by. */
export class TestClock {
  private time = BigInt(Date.now()) * 1_000_000n;

  now(): bigint {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += BigInt(Math.round(milliseconds * 1_000_000));
  }
}
