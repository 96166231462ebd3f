import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** What WebAssembly's features are called for people, by binaryen's names, and whether Envoy 1.40's V8 (14.6) has them. */
const known: Record<string, { name: string; envoy: boolean }> = {
  Atomics: { name: "threads", envoy: true },
  MutableGlobals: { name: "mutable globals", envoy: true },
  NontrappingFPToInt: { name: "saturating conversions", envoy: true },
  SIMD128: { name: "SIMD", envoy: true },
  BulkMemory: { name: "bulk memory", envoy: true },
  CallIndirectOverlong: { name: "several tables", envoy: true },
  SignExt: { name: "sign extension", envoy: true },
  ExceptionHandling: { name: "exceptions", envoy: true },
  TailCall: { name: "tail calls", envoy: true },
  ReferenceTypes: { name: "reference types", envoy: true },
  Multivalue: { name: "multiple values", envoy: true },
  GC: { name: "garbage collected types", envoy: true },
  Memory64: { name: "addresses of 64 bits", envoy: true },
  RelaxedSIMD: { name: "relaxed SIMD", envoy: true },
  ExtendedConst: { name: "extended constants", envoy: true },
  MultiMemory: { name: "several memories", envoy: true },
  Strings: { name: "strings as references", envoy: false },
  StackSwitching: { name: "stack switching", envoy: false },
  SharedEverything: { name: "shared types", envoy: false },
  FP16: { name: "floats of 16 bits", envoy: false },
  AcquireReleaseAtomics: { name: "atomics with acquire and release", envoy: false },
  RelaxedAtomics: { name: "relaxed atomics", envoy: false },
  CustomPageSizes: { name: "pages of other sizes", envoy: false },
  WideArithmetic: { name: "wide arithmetic", envoy: false },
  CompactImports: { name: "compact imports", envoy: false },
};

/** The features that a module uses beyond WebAssembly's first version. */
export interface Features {
  names: string[];
  /** Those of them that Envoy's V8 has not switched on. */
  missing: string[];
}

/** The features of modules, in their order; null of one that is not valid, or that binaryen cannot read. */
export async function featuresOf(files: string[]): Promise<(Features | null)[]> {
  const program = fileURLToPath(new URL("features.mjs", import.meta.url));
  // Binaryen tells of all that it misses on the other stream.
  const { stdout } = await exec(process.execPath, [program, ...files], { maxBuffer: 1 << 28 });
  const answers = stdout
    .split("\n")
    .filter((line) => line.startsWith("features "))
    .map((line) => JSON.parse(line.slice("features ".length)) as string[] | null);
  return files.map((_, i) => summary(answers[i] ?? null));
}

function summary(used: string[] | null): Features | null {
  if (used === null) return null;
  const named = used.map((name) => known[name] ?? { name, envoy: false });
  const unique = (names: string[]) => [...new Set(names)];
  return {
    names: unique(named.map(({ name }) => name)),
    missing: unique(named.filter(({ envoy }) => !envoy).map(({ name }) => name)),
  };
}
