import type { Estimate } from "../measure/comparison.js";

/** Three figures, as many as such measurements are good for. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

export const percent = (share: number): string => `${short(share * 100)} %`;

/** `2.70 us (2.50 to 3.00)`. */
export const estimated = ({ value, low, high }: Estimate, unit: string): string =>
  `${short(value)} ${unit} (${short(low)} to ${short(high)})`;

const units = ["B", "KiB", "MiB", "GiB"] as const;

export function bytes(count: number): string {
  let [size, unit] = [count, 0];
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : short(size)} ${units[unit]}`;
}

/** `1,234,567`. */
export const whole = (count: number): string => Math.round(count).toLocaleString("en-US");
