/** Numbers below a bound, the same ones for the same seed. (xorshift32) */
export function randomNumbers(seed: number): (bound: number) => number {
  let state = seed * 0x9e3779b1 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
