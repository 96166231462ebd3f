import { Slice, sliceOf } from "../runtime/slice";
import { utf8Bytes } from "../runtime/utf8";
import { equalNames, isFieldNameText, isFieldNamed } from "./fields";

/**
 * Methods as rules name them. `*` stands for all of them, and `GET` for HEAD too, which is the same request without the
 * body. Case does not count: a server that takes `get` for GET must not be reached round a rule. Matching makes no
 * garbage.
 */
@final
export class MethodSet {
  private readonly names: Uint8Array[] = [];
  /** Whether every method there can be is one of them. */
  hasAll: bool = false;

  /** Takes one more; false for what is no method's name (RFC 9110, 9.1). */
  add(name: string): bool {
    if (!isFieldNameText(name)) return false;
    if (name == "*") this.hasAll = true;
    this.names.push(utf8Bytes(name));
    if (isFieldNamed(name, "GET")) this.names.push(utf8Bytes("HEAD"));
    return true;
  }

  has(method: Slice): bool {
    if (this.hasAll) return true;
    for (let i = 0; i < this.names.length; i++) {
      if (equalNames(sliceOf(unchecked(this.names[i])), method)) return true;
    }
    return false;
  }

  /** Whether it has all that another set has. */
  covers(other: MethodSet): bool {
    if (this.hasAll || other.hasAll) return this.hasAll;
    for (let i = 0; i < other.names.length; i++) {
      if (!this.has(sliceOf(other.names[i]))) return false;
    }
    return true;
  }
}
