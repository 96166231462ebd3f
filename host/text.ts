const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text or bytes, wherever a host is given either. */
export type TextOrBytes = string | Uint8Array;

/** UTF-8. */
export function toBytes(value: TextOrBytes): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export function toText(value: TextOrBytes): string {
  return typeof value === "string" ? value : decoder.decode(value);
}

/** Bytes as one character each, so that none are lost: for keys of maps. */
export function toKey(value: Uint8Array): string {
  let key = "";
  for (const byte of value) key += String.fromCharCode(byte);
  return key;
}

export const noBytes = new Uint8Array(0);

/** All pieces in one. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
