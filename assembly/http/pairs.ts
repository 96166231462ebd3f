import { LogLevel } from "../abi/enums";
import {
  PAIRS_LARGEST_COUNT,
  PAIRS_LARGEST_SIZE,
  PairsReader,
  addToPairs,
  beginPairs,
  pairsSize,
} from "../abi/pairs";
import { allocateInArena } from "../runtime/arena";
import { writeLog } from "../runtime/log";
import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { decode, encode } from "../runtime/utf8";
import { isFieldName, isFieldValue, refuseField } from "./fields";

/**
 * Names and values as a pairs block in the arena. A slice of size 0 stands for no pairs; `false` from
 * `fitsPairs` says that the block could not be made, and the log why.
 */
let fits: bool = true;

/** Whether the last `encodePairs` could be made. */
export function fitsPairs(): bool {
  return fits;
}

/**
 * `[[name, value], ...]` as a block in the arena. Nothing is cut: a list over the host's limits (1,024 pairs, 1 MiB),
 * an entry that is not a pair, or a name or value that cannot be one makes `fitsPairs` false.
 */
export function encodePairs(pairs: string[][]): Slice {
  const count = pairs.length;
  fits = true;
  if (count == 0) return 0;
  if (<u32>count > PAIRS_LARGEST_COUNT) return refuse("more than 1024 header fields");
  const texts = allocateInArena((<usize>count) << 4);
  let textSize: usize = 0;
  for (let i = 0; i < count; i++) {
    const pair = unchecked(pairs[i]);
    if (pair.length != 2) return refuse("a header field that is not a pair of name and value");
    const name = encode(unchecked(pair[0]));
    const value = encode(unchecked(pair[1]));
    if (!isFieldName(name) || !isFieldValue(value)) {
      refuseField();
      fits = false;
      return 0;
    }
    const entry = texts + ((<usize>i) << 4);
    store<u64>(entry, name);
    store<u64>(entry, value, 8);
    textSize += sizeOf(name) + sizeOf(value);
  }
  const size = pairsSize(count, textSize);
  if (size > PAIRS_LARGEST_SIZE) return refuse("header fields of more than 1 MiB");
  const block = allocateInArena(size);
  beginPairs(block, count);
  for (let at = texts, end = texts + ((<usize>count) << 4); at < end; at += 8) {
    const bytes = load<u64>(at);
    addToPairs(dataOf(bytes), sizeOf(bytes));
  }
  return slice(block, size);
}

function refuse(what: string): Slice {
  writeLog(LogLevel.Error, what + " were not set: the host would take them for none at all");
  fits = false;
  return 0;
}

/** A block of pairs as `[[name, value], ...]`. */
export function decodePairs(data: usize, size: usize): string[][] {
  const reader = new PairsReader(data, size);
  const pairs = new Array<string[]>();
  while (reader.next()) {
    pairs.push([decode(reader.nameData, reader.nameSize), decode(reader.valueData, reader.valueSize)]);
  }
  return pairs;
}
