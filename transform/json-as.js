import { Type } from "assemblyscript";

/**
 * json-as without its own transform, for those who only want its dynamic values, and with it before or after ours, for
 * those who have classes of their own read and written.
 */

/** What json-as's transform would define. The slow reader is the smallest. */
const DEFAULTS = { JSON_MODE: 2, JSON_STRICT: 0 };

/**
 * json-as's transform takes a file `assembly/index` for its own and makes a library's file of it, whose statements are
 * then never run: no plugin is registered. What asc was told to compile stays what it is.
 *
 * @param {import("assemblyscript").Program} program in which nothing is parsed yet
 */
export function keepEntries(program) {
  const { parser } = program;
  const parseFile = parser.parseFile.bind(parser);
  parser.parseFile = (text, path, isEntry) => {
    const before = program.sources.length;
    parseFile(text, path, isEntry);
    const source = program.sources[before];
    if (!isEntry || !source || source.isLibrary) return;
    const { sourceKind } = source;
    Object.defineProperty(source, "sourceKind", { get: () => sourceKind, set() {} });
  };
}

/**
 * Defines what json-as's transform would, unless it has; where it comes after ours, what it says is taken then.
 *
 * @param {import("assemblyscript").Program} program
 */
export function defineDefaults(program) {
  const register = program.registerConstantInteger.bind(program);
  /** @type {Map<string, import("assemblyscript").Global>} */
  const ours = new Map();
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (program.elementsByName.has(name)) continue;
    register(name, Type.i32, globalThis.i64_new(value));
    ours.set(name, /** @type {import("assemblyscript").Global} */ (program.elementsByName.get(name)));
  }
  program.registerConstantInteger = (name, type, value) => {
    const global = ours.get(name);
    if (global) global.setConstantIntegerValue(value, type);
    else register(name, type, value);
  };
}
