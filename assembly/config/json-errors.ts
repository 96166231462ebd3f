/** What is wrong with a text that is not JSON. */
export enum JsonError {
  None = 0,
  /** There is nothing but white space. */
  Empty,
  /** The text is longer than the caller allows. */
  TooLarge,
  /** Lists and objects lie deeper in each other than the caller allows. */
  TooDeep,
  ByteOrderMark,
  UnexpectedEnd,
  ExpectedValue,
  ExpectedKey,
  ExpectedColon,
  ExpectedCommaOrBracket,
  ExpectedCommaOrBrace,
  TextAfterEnd,
  BadNumber,
  BadEscape,
  ControlCharacter,
  BadUtf8,
  /** An object has two members whose keys are the same once their escapes are decoded. */
  DuplicateKey,
}

/** The errors in words, in the order of `JsonError` after `None`, each with a line feed: one literal is the smallest. */
// @ts-ignore: decorator
@lazy
const WORDS =
  "is empty\nis too large\nis nested too deep\nbegins with a byte order mark\nends too early\nexpected a value\n" +
  "expected a key in double quotes\nexpected ':' after a key\nexpected ',' or ']' after a value\n" +
  "expected ',' or '}' after a value\nexpected nothing after the value\nexpected a digit\n" +
  "unknown escape in a string\ncontrol character in a string\nnot UTF-8\nduplicate key\n";

/** An error in words, for a log. */
export function describeError(error: JsonError): string {
  let begin = 0;
  let end = WORDS.indexOf("\n");
  for (let i = <i32>JsonError.Empty; i < error; i++) {
    begin = end + 1;
    end = WORDS.indexOf("\n", begin);
  }
  return WORDS.substring(begin, end);
}

let error: JsonError = JsonError.None;
let place: usize = 0;

/** Remembers what is wrong and at which address; answers false. */
export function reject(kind: JsonError, at: usize): bool {
  error = kind;
  place = at;
  return false;
}

/** As `reject`; answers 0, which no scanned text ends at. */
export function fail(kind: JsonError, at: usize): usize {
  reject(kind, at);
  return 0;
}

/** As `fail`, unless the text ended there: then that is what is wrong. */
export function failOrEnd(kind: JsonError, at: usize, end: usize): usize {
  return fail(at < end ? kind : JsonError.UnexpectedEnd, at);
}

/** The error of the last text that was refused. */
export function lastError(): JsonError {
  return error;
}

/** The address that it was found at. */
export function lastErrorPlace(): usize {
  return place;
}
