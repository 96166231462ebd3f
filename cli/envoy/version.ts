const numbers = new Intl.Collator("en", { numeric: true });

/** Orders versions such as `1.36.2`, the oldest first. */
export const byVersion = (a: string, b: string): number => numbers.compare(a, b);

export const isBefore = (version: string, other: string): boolean => byVersion(version, other) < 0;
