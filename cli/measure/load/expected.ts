/** Which statuses count as answers: `200`, or `2xx` for a hundred of them. */
export type Expected = readonly string[];

export const ordinary: Expected = ["2xx", "3xx"];

/** True of `404` and of `4xx`. */
export const isStatusPattern = (word: string): boolean => /^[1-5](?:\d\d|xx)$/i.test(word);

export function isExpected(status: number, expected: Expected): boolean {
  const text = String(status);
  return expected.some((word) => word === text || (/xx$/i.test(word) && word[0] === text[0]));
}
