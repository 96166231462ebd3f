import { deflate, inflate } from "pako";
import type { Access } from "../calls/access.js";
import { Status } from "../enums.js";
import { type TextOrBytes, toText } from "../text.js";
import { isValidFilterState } from "./filter-state-objects.js";
import { readMessage, writeMessage } from "./protobuf.js";
import { importPrivateKey, importPublicKey, isOneKey } from "./keys.js";
import { sign, verify } from "./signatures.js";

/** What a function of the host's answered; without a result nothing is allocated. */
export interface ForeignAnswer {
  status: Status;
  result?: Uint8Array;
}

type ForeignFunction = (args: Uint8Array, access: Access) => ForeignAnswer;
type Message = ReadonlyMap<number, Uint8Array | bigint>;

const badArgument: ForeignAnswer = { status: Status.BadArgument };

/** Envoy's functions beyond the ABI; it is built without those for expressions. (Envoy, `foreign.cc`) */
export const foreignFunctions: ReadonlyMap<string, ForeignFunction> = new Map<string, ForeignFunction>([
  ["verify_signature", withMessage(verifySignature)],
  ["sign", withMessage(signText)],
  ["compress", (args) => ({ status: Status.Ok, result: deflate(args) })],
  ["uncompress", uncompress],
  ["set_envoy_filter_state", withMessage(setFilterState)],
  ["declare_property", withMessage(declareProperty)],
  ["clear_route_cache", () => ({ status: Status.Ok })],
]);

function withMessage(run: (message: Message, access: Access) => ForeignAnswer): ForeignFunction {
  return (args, access) => {
    const message = readMessage(args);
    return message === undefined ? badArgument : run(message, access);
  };
}

function bytesField(message: Message, field: number): Uint8Array {
  const value = message.get(field);
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

const textField = (message: Message, field: number): string => toText(bytesField(message, field));

function numberField(message: Message, field: number): number {
  const value = message.get(field);
  return typeof value === "bigint" ? Number(value) : 0;
}

/** `{1 hash, 2 DER key, 3 signature, 4 text, 5 PEM key}` -> `{1 result, 2 error}`. */
function verifySignature(message: Message): ForeignAnswer {
  const [der, pem] = [bytesField(message, 2), textField(message, 5)];
  if (!isOneKey(der, pem)) return badArgument;
  const key = importPublicKey(der, pem);
  const error = verify(textField(message, 1), key, bytesField(message, 3), bytesField(message, 4));
  const fields: [number, TextOrBytes | boolean][] = [
    [1, error === ""],
    [2, error],
  ];
  return { status: Status.Ok, result: writeMessage(fields) };
}

/** `{1 hash, 2 DER key, 3 text, 4 PEM key}` -> `{1 result, 2 signature, 3 error}`. */
function signText(message: Message): ForeignAnswer {
  const [der, pem] = [bytesField(message, 2), textField(message, 4)];
  if (!isOneKey(der, pem)) return badArgument;
  const key = importPrivateKey(der, pem);
  const signed = sign(textField(message, 1), key, bytesField(message, 3));
  const result =
    typeof signed === "string"
      ? writeMessage([[3, signed]])
      : writeMessage([
          [1, true],
          [2, signed],
        ]);
  return { status: Status.Ok, result };
}

function uncompress(args: Uint8Array): ForeignAnswer {
  try {
    return { status: Status.Ok, result: inflate(args) };
  } catch {
    return { status: Status.SerializationFailure };
  }
}

/** `{1 path, 2 value, 3 span}`. */
function setFilterState(message: Message, access: Access): ForeignAnswer {
  const [path, value] = [textField(message, 1), bytesField(message, 2)];
  const valid = isValidFilterState(path, value);
  if (valid === undefined) return { status: Status.NotFound };
  if (!valid) return badArgument;
  const set = access.context?.setFilterState(path, value, numberField(message, 3)) ?? false;
  return { status: set ? Status.Ok : Status.NotFound };
}

/** `{1 name, 2 read-only, 3 type, 4 schema, 5 span}`. */
function declareProperty(message: Message, access: Access): ForeignAnswer {
  const declarations = access.vm.current?.root.declarations;
  const name = textField(message, 1);
  if (declarations === undefined || declarations.has(name)) return badArgument;
  declarations.set(name, { readOnly: numberField(message, 2) !== 0, span: numberField(message, 5) });
  return { status: Status.Ok };
}
