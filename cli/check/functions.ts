import { inspect } from "../../host/module.js";
import { functionNames } from "../../host/names.js";
import { numberAt } from "./sections.js";

interface Body {
  begin: number;
  end: number;
  index: number;
}

const code = 10;

/** Where in a module which function is. */
export class Functions {
  private constructor(
    private readonly bodies: readonly Body[],
    private readonly names: ReadonlyMap<number, string>,
  ) {}

  /** Of a module whose sections can be read. */
  static in(wasm: Uint8Array): Functions {
    const imported = inspect(wasm).imports.filter(({ kind }) => kind === "function").length;
    let bodies: Body[] = [];
    let names = new Map<number, string>();
    for (let offset = 8; offset < wasm.length;) {
      const [size, begin] = numberAt(wasm, offset + 1);
      if (wasm[offset] === code) bodies = bodiesIn(wasm, begin, imported);
      if (wasm[offset] === 0) {
        const [length, at] = numberAt(wasm, begin);
        const isNames = Buffer.from(wasm.subarray(at, at + length)).toString() === "name";
        if (isNames) names = functionNames(wasm.subarray(at + length, begin + size));
      }
      offset = begin + size;
    }
    return new Functions(bodies, names);
  }

  get haveNames(): boolean {
    return this.names.size > 0;
  }

  /** The name of the function at an offset; "" of one without a name, undefined outside of code. */
  at(offset: number): string | undefined {
    const body = this.bodies.find(({ begin, end }) => offset >= begin && offset < end);
    return body && (this.names.get(body.index) ?? "");
  }
}

function bodiesIn(wasm: Uint8Array, begin: number, first: number): Body[] {
  const [count, next] = numberAt(wasm, begin);
  let offset = next;
  return Array.from({ length: count }, (_, i) => {
    const [size, at] = numberAt(wasm, offset);
    offset = at + size;
    return { begin: at, end: offset, index: first + i };
  });
}
