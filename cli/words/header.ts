import { WrongUse } from "../terminal.js";

/** A header as curl takes it, `name: value`; an empty value is one too. `option` is where it was given. */
export function headerIn(text: string, option: string): [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined || /[\r\n\0]/.test(value))
    throw new WrongUse(`${option} ${JSON.stringify(text)} is no header: write it as 'name: value'`);
  return [name, value];
}

/** A value as Node and our own connections send it: UTF-8, a character a byte. */
export const bytesAsCharacters = (value: string): string => Buffer.from(value).toString("latin1");
