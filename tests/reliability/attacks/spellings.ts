/** Spellings of a path below `/`, all of which some server takes for it. */
export function spellings(name: string): string[] {
  const encoded = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
  const before = [
    "/",
    "//",
    "/./",
    "/x/../",
    "/x/..//",
    "/%2e/",
    "/x/%2E%2e/",
    "/x/.%2e/",
    "/%2F",
    "/;p/",
    "/x/..;p/",
    "/x/..\\",
    "/%5c",
  ];
  const after = ["", "/", "/.", "//", "/y/..", "/y/%2e%2e", ";v=1", "?q", "?/public/"];
  return before.flatMap((start) => [name, encoded].flatMap((word) => after.map((end) => start + word + end)));
}

/** Paths that begin as what is let by does, and lead elsewhere. */
export function detours(open: string, name: string): string[] {
  const ways = [
    "/../",
    "/./../",
    "//../../",
    "/%2e%2e/",
    "/.%2e/",
    "/%2E./",
    "%2f..%2f",
    "/..%2f",
    "/..;/",
    "/..;x=y/",
    "/x/../../",
    "\\..\\",
    "/..\\",
    "%5c..%5c",
  ];
  return [
    ...ways.map((way) => open + way + name),
    `/./${open}/../${name}`,
    `/${open}/../${name}`,
    `${open};/../${name}`,
    `/x/..${open}/../${name}`,
  ];
}
