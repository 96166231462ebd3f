/** What a hostcall answers that this host does not have. (ABI 0.2.1, 'proxy_status_t') */
const UNIMPLEMENTED = 12;

/**
 * The imports of a module under test: a log that remembers its lines, a clock that stands still, random bytes that are
 * always the same. Every other hostcall answers that it is not implemented. The specs read the log through the imports
 * of the module `test`, see `log.ts`.
 */
export function recordingHost(binary) {
  let memory;
  let lines = [];
  const bytes = (data, size) => new Uint8Array(memory.buffer, data, size);

  const implemented = {
    env: {
      proxy_log(level, data, size) {
        lines.push({ level, text: bytes(data, size).slice() });
        return 0;
      },
    },
    wasi_snapshot_preview1: {
      clock_time_get(_clock, _precision, target) {
        new DataView(memory.buffer).setBigUint64(target, 1_700_000_000_000_000_000n, true);
        return 0;
      },
      random_get(data, size) {
        bytes(data, size).fill(0x5a);
        return 0;
      },
    },
    test: {
      logLength: () => lines.length,
      logLevel: (index) => lines[index].level,
      logSize: (index) => lines[index].text.length,
      logText: (index, target) => bytes(target, lines[index].text.length).set(lines[index].text),
      clearLog: () => {
        lines = [];
      },
    },
  };

  const imports = {};
  for (const { module, name, kind } of WebAssembly.Module.imports(new WebAssembly.Module(binary))) {
    if (kind !== "function") continue;
    imports[module] ??= {};
    imports[module][name] = implemented[module]?.[name] ?? (() => UNIMPLEMENTED);
  }
  return {
    imports,
    attach(instanceMemory) {
      memory = instanceMemory;
    },
  };
}
