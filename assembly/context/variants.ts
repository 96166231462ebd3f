import { RootContext } from "./root";

/**
 * The settings that a plugin has for certain hosts, paths, methods or routes beside its base settings. Each is a root
 * context of its own, made by the plugin's factory and configured like any other, so that a plugin needs to know
 * nothing of them. The class below has none: the one with matchers comes into a module only together with
 * `onConfigure`.
 */
export class Variants {
  /** The root context whose settings hold for the stream that is effective; null where the plugin is switched off. */
  choose(base: RootContext): RootContext | null {
    return base;
  }

  /** For what all of them must hear: the variant at an index, null at those that are switched off. */
  at(index: i32): RootContext | null {
    return null;
  }

  /** How many there are. */
  get length(): i32 {
    return 0;
  }
}
