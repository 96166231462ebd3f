import { WrongUse } from "../terminal.js";

/** What a file is that is no WebAssembly module, by what it begins with, and what to do about it. */
const others: [RegExp, string][] = [
  [/^1f8b/, "is compressed with gzip: unpack it first (gunzip, or tar -xzf for a layer of an image)"],
  [/^28b52ffd/, "is compressed with zstd: unpack it first"],
  [/^425a68/, "is compressed with bzip2: unpack it first"],
  [/^504b0304/, "is a zip archive: unpack it first"],
  [
    /^(7f454c46|cffaedfe|feedfacf|4d5a)/,
    "is a native program: compile for WebAssembly, not for this machine",
  ],
  [/^213c617263683e/, "is a static library: link it to a module"],
  [/^4243c0de/, "is LLVM bitcode: link it to a module"],
];

/** Throws `WrongUse` when bytes are no WebAssembly at all. A component or a broken module is for Envoy to judge. */
export function requireWasm(file: string, bytes: Uint8Array): void {
  if (bytes.length === 0) throw new WrongUse(`${file} is empty: was its build cut short?`);
  const start = Buffer.from(bytes.subarray(0, 8)).toString("hex");
  if (start.startsWith("0061736d")) return;
  const known = others.find(([pattern]) => pattern.test(start));
  throw new WrongUse(`${file} is no WebAssembly module: it ${known?.[1] ?? ofText(bytes)}`);
}

function ofText(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 4096));
  if (head.subarray(257, 262).toString() === "ustar") return "is a tar archive: unpack it first";
  const text = head.toString().trimStart();
  if (head.includes(0) || text.includes("\ufffd"))
    return `begins with ${head.subarray(0, 4).toString("hex")}`;
  if (/^(\(module|\(component|;;|\(;)/.test(text))
    return "is WebAssembly's text form: turn it into a module first (wat2wasm, or wasm-as of binaryen)";
  if (text.startsWith("version https://git-lfs"))
    return "is what Git LFS keeps in its place: fetch it with git lfs pull";
  if (/^<(!doctype|html|\?xml)/i.test(text)) return "is a web page: the download gave an error page, perhaps";
  if (/^[{[]/.test(text)) return "is JSON: name the module itself";
  return "is text: name the compiled module, not its source";
}
