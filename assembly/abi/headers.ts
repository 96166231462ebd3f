import { HeaderMapType } from "./enums";
import { outData, outSize } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_size")
declare function proxy_get_header_map_size(map: HeaderMapType, sizeOut: usize): Status;

/** The size of all names and values in bytes (`hostU32()`). Envoy refuses it for maps of callouts. */
// @ts-ignore: decorator
@inline
export function getHeaderMapSize(map: HeaderMapType): Status {
  return proxy_get_header_map_size(map, outData());
}

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs")
declare function proxy_get_header_map_pairs(map: HeaderMapType, dataOut: usize, sizeOut: usize): Status;

/** All fields as a pairs block in host memory; an absent map is an empty one. */
// @ts-ignore: decorator
@inline
export function getHeaderMapPairs(map: HeaderMapType): Status {
  return proxy_get_header_map_pairs(map, outData(), outSize());
}

// @ts-ignore: decorator
@external("env", "proxy_set_header_map_pairs")
declare function proxy_set_header_map_pairs(map: HeaderMapType, pairs: usize, pairsSize: usize): Status;

/** Puts these fields in the place of all. The host takes a malformed or too large block for an empty one. */
// @ts-ignore: decorator
@inline
export function setHeaderMapPairs(map: HeaderMapType, pairs: usize, pairsSize: usize): Status {
  return proxy_set_header_map_pairs(map, pairs, pairsSize);
}

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
declare function proxy_get_header_map_value(
  map: HeaderMapType,
  name: usize,
  nameSize: usize,
  dataOut: usize,
  sizeOut: usize,
): Status;

/**
 * The first value of a field, in host memory: hosts do not join repeated ones.
 * `NotFound` without such a field, `BadArgument` when the map does not exist in this callback.
 */
// @ts-ignore: decorator
@inline
export function getHeaderMapValue(map: HeaderMapType, name: usize, nameSize: usize): Status {
  return proxy_get_header_map_value(map, name, nameSize, outData(), outSize());
}

// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
declare function proxy_add_header_map_value(
  map: HeaderMapType,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): Status;

/** Adds a field beside those of the same name. */
// @ts-ignore: decorator
@inline
export function addHeaderMapValue(
  map: HeaderMapType,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): Status {
  return proxy_add_header_map_value(map, name, nameSize, value, valueSize);
}

// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value")
declare function proxy_replace_header_map_value(
  map: HeaderMapType,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): Status;

/** Sets a field, in the place of all of the same name. */
// @ts-ignore: decorator
@inline
export function replaceHeaderMapValue(
  map: HeaderMapType,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): Status {
  return proxy_replace_header_map_value(map, name, nameSize, value, valueSize);
}

// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value")
declare function proxy_remove_header_map_value(map: HeaderMapType, name: usize, nameSize: usize): Status;

/** Removes all fields of a name; it is no error when there are none. */
// @ts-ignore: decorator
@inline
export function removeHeaderMapValue(map: HeaderMapType, name: usize, nameSize: usize): Status {
  return proxy_remove_header_map_value(map, name, nameSize);
}
