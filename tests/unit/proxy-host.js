const OK = 0;
const NOT_FOUND = 1;
const CAS_MISMATCH = 8;

/**
 * What the specs' host has beside a log: shared data, a clock that is set, and a timer that is taken and never fires.
 * Specs reach it through the imports of the module `proxy`, see `support/proxy.ts`.
 */
export function proxyHost() {
  let exports;
  let values = new Map();
  let version = 0;
  let advanced = 0n;
  let storesLeft = 0;
  let interruption = 0;

  const memory = () => exports.memory.buffer;
  const bytes = (data, size) => new Uint8Array(memory(), data, size);
  const nameAt = (data, size) => String.fromCharCode(...bytes(data, size));
  const put32 = (at, number) => new DataView(memory()).setUint32(at, number, true);

  const env = {
    proxy_get_shared_data(key, keySize, dataOut, sizeOut, casOut) {
      const found = values.get(nameAt(key, keySize));
      if (!found) return NOT_FOUND;
      const copy = found.value.length === 0 ? 0 : exports.__new(found.value.length, 1) >>> 0;
      bytes(copy, found.value.length).set(found.value);
      put32(dataOut, copy);
      put32(sizeOut, found.value.length);
      put32(casOut, found.version);
      return OK;
    },
    proxy_set_shared_data(key, keySize, data, size, cas) {
      const name = nameAt(key, keySize);
      const value = bytes(data, size).slice();
      if (storesLeft > 0 && --storesLeft === 0) exports.table.get(interruption)();
      const found = values.get(name);
      if (found && cas !== 0 && cas >>> 0 !== found.version) return CAS_MISMATCH;
      values.set(name, { value, version: ++version });
      return OK;
    },
    proxy_set_tick_period_milliseconds: () => OK,
  };

  const proxy = {
    clearShared: () => values.clear(),
    sharedValues: () => values.size,
    sharedBytes: () => [...values.values()].reduce((sum, { value }) => sum + value.length, 0),
    advance(milliseconds) {
      advanced += BigInt(milliseconds) * 1_000_000n;
    },
    /** Calls a function of the table before a store takes place: 1 is the next one. */
    interrupt(stores, index) {
      storesLeft = stores;
      interruption = index;
    },
  };

  return {
    /** The imports of a module, with these in the place of those that answer nothing. */
    into(imports) {
      for (const [module, functions] of Object.entries({ env, proxy })) {
        for (const [name, work] of Object.entries(functions)) {
          if (imports[module]?.[name]) imports[module][name] = work;
        }
      }
      const wasi = imports.wasi_snapshot_preview1;
      const standing = wasi?.clock_time_get;
      if (standing) {
        wasi.clock_time_get = (clock, precision, target) => {
          const status = standing(clock, precision, target);
          const view = new DataView(memory());
          view.setBigUint64(target, view.getBigUint64(target, true) + advanced, true);
          return status;
        };
      }
      return imports;
    },
    attach(instanceExports) {
      exports = instanceExports;
    },
  };
}
