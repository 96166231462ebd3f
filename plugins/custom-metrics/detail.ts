import { METHODS, RESPONSE_CLASSES } from "./labels";

/** How much the labels of a request say; what they do not say is `other`. */
export enum Detail {
  All,
  MethodAndClass,
  Class,
  None,
}

/** How many series there can be that say no more than the class, and no more than method and class. */
const CLASSES: u32 = RESPONSE_CLASSES.length + 1;
const METHODS_AND_CLASSES: u32 = (METHODS.length + 1) * CLASSES;

/**
 * How many places a new series must leave to those that say less, so that values which clients make up can fill all the
 * others and errors still show by method and class. Of a limit that is too small for that they get a part.
 */
export function reservedFor(detail: Detail, maxSeries: u32): u32 {
  let reserved: u32 = 1;
  if (detail == Detail.All) reserved = min(METHODS_AND_CLASSES, maxSeries / 2);
  else if (detail == Detail.MethodAndClass) reserved = min(CLASSES, maxSeries / 4);
  return max(reserved, 1);
}
