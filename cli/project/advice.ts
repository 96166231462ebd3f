/** What the compiler's words mean for somebody who writes a plugin, where that is known. */
const advice: [RegExp, string][] = [
  [
    /Cannot find module 'as-proxy-wasm|File '~lib\/as-proxy-wasm(\/|\.ts)[^']*' not found|ERR_PACKAGE_PATH_NOT_EXPORTED/,
    'as-proxy-wasm is not installed here, or asconfig.json names a file that it does not have: run npm install, and see that asconfig.json says "extends": "as-proxy-wasm/asconfig.json"',
  ],
  [
    /Duplicate identifier '__(new|alloc|collect|link)'/,
    'the options of as-proxy-wasm are missing: put "extends": "as-proxy-wasm/asconfig.json" into asconfig.json',
  ],
  [/Cannot find module '(.+?)'/, "a package that asconfig.json names is not installed: run npm install"],
  [/Asconfig is not valid json/, "asconfig.json is not JSON: put that right"],
  [
    /Not implemented: Closures/,
    "AssemblyScript has no closures: keep what a function needs in the fields of a class (a context, a handler) or hand it over as an argument",
  ],
  [
    /Not implemented: Exceptions/,
    "AssemblyScript has no exceptions: functions of the SDK say with null or a result that something failed",
  ],
  [/Not implemented: union types/, "AssemblyScript has no union types but with null: `string | null`"],
  [
    /Not implemented: Regular expressions/,
    "AssemblyScript has no regular expressions of its own: the SDK's class Regex has",
  ],
  [
    /Cannot find name '(fetch|XMLHttpRequest)'/,
    "a plugin calls services through the host: dispatchHttpCall of a context",
  ],
  [
    /Cannot find name '(setTimeout|setInterval)'/,
    "there is no event loop in a plugin: a Timer of as-proxy-wasm, or setTickPeriod and onTick",
  ],
  [/Cannot find name '(any|unknown|object)'/, "AssemblyScript wants a type of its own for every value"],
  [
    /export async function|Cannot find name 'Promise'/,
    "AssemblyScript has no async functions: answers come to handlers",
  ],
];

/** The advice for what a compiler said, a sentence each; empty where nothing is known. */
export function adviceFor(output: string): string[] {
  const found = advice.filter(([pattern]) => pattern.test(output)).map(([, sentence]) => sentence);
  // One cause is enough where the first says that nothing of the SDK was there.
  return found.length > 1 && advice.slice(0, 2).some(([pattern]) => pattern.test(output))
    ? found.slice(0, 1)
    : found;
}

/** The compiler's words without the stack of where in the compiler it gave up. */
export function withoutStack(output: string): string {
  if (!/^\s+at .+\(?.+:\d+:\d+\)?$/m.test(output)) return output.trimEnd();
  const message = /^(?:\w*Error(?: \[\w+\])?: .*)$/m.exec(output)?.[0];
  return message ?? output.trimEnd();
}
