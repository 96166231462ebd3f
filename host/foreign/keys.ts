import { type Der, derTag, hexOf, numberOf, readSequence } from "./der.js";

export type CurveName = "p256" | "p384" | "p521";

export type PublicKey =
  { kind: "rsa"; modulus: bigint; exponent: bigint } | { kind: "ec"; curve: CurveName; point: Uint8Array };

export type PrivateKey =
  { kind: "rsa"; modulus: bigint; exponent: bigint } | { kind: "ec"; curve: CurveName; scalar: Uint8Array };

const rsaEncryption = "2a864886f70d010101";
const ecPublicKey = "2a8648ce3d0201";

const curves: Record<string, CurveName> = {
  "2a8648ce3d030107": "p256",
  "2b81040022": "p384",
  "2b81040023": "p521",
};

/** Whether there is just one key, in DER or in PEM. */
export const isOneKey = (der: Uint8Array, pem: string): boolean => der.length > 0 !== (pem !== "");

/** A public key as SubjectPublicKeyInfo, in DER or in PEM; undefined for what is none. */
export function importPublicKey(der: Uint8Array, pem: string): PublicKey | undefined {
  const bytes = der.length > 0 ? der : pemContent(pem, "PUBLIC KEY");
  const [algorithm, key] = (bytes && readSequence(bytes)) ?? [];
  if (algorithm === undefined || key?.tag !== derTag.bits || key.content[0] !== 0) return undefined;
  const content = key.content.slice(1);
  const kind = algorithmOf(algorithm);
  if (kind === "rsa") return rsaKey(content, 0, 1);
  return kind === undefined ? undefined : { kind: "ec", curve: kind, point: content };
}

/** A private key as PKCS#8, in DER or in PEM, or in PEM as PKCS#1 or SEC 1. */
export function importPrivateKey(der: Uint8Array, pem: string): PrivateKey | undefined {
  const rsa = pemContent(pem, "RSA PRIVATE KEY");
  if (rsa !== undefined) return rsaKey(rsa, 1, 3);
  const ec = pemContent(pem, "EC PRIVATE KEY");
  if (ec !== undefined) return ecPrivateKey(ec, undefined);
  const bytes = der.length > 0 ? der : pemContent(pem, "PRIVATE KEY");
  const [version, algorithm, key] = (bytes && readSequence(bytes)) ?? [];
  if (version === undefined || algorithm === undefined || key?.tag !== derTag.bytes) return undefined;
  const kind = algorithmOf(algorithm);
  if (kind === "rsa") return rsaKey(key.content, 1, 3);
  return kind === undefined ? undefined : ecPrivateKey(key.content, kind);
}

/** `rsa`, or the curve. */
function algorithmOf(algorithm: Der): "rsa" | CurveName | undefined {
  const [oid, parameters] = readSequence(wrapped(algorithm)) ?? [];
  if (oid === undefined) return undefined;
  if (hexOf(oid.content) === rsaEncryption) return "rsa";
  return hexOf(oid.content) === ecPublicKey && parameters ? curves[hexOf(parameters.content)] : undefined;
}

const wrapped = ({ tag, content }: Der): Uint8Array => Uint8Array.of(tag, content.length, ...content);

/** An RSA key by the places of its modulus and its exponent. */
function rsaKey(bytes: Uint8Array, modulusAt: number, exponentAt: number) {
  const numbers = readSequence(bytes);
  const [modulus, exponent] = [numbers?.[modulusAt], numbers?.[exponentAt]];
  if (modulus?.tag !== derTag.integer || exponent?.tag !== derTag.integer) return undefined;
  return { kind: "rsa", modulus: numberOf(modulus.content), exponent: numberOf(exponent.content) } as const;
}

/** SEC 1: `{ version, scalar, [0] curve, [1] point }`. */
function ecPrivateKey(bytes: Uint8Array, known: CurveName | undefined): PrivateKey | undefined {
  const [, scalar, parameters] = readSequence(bytes) ?? [];
  const named = parameters?.tag === 0xa0 ? curves[hexOf(parameters.content.slice(2))] : undefined;
  const curve = known ?? named;
  if (scalar?.tag !== derTag.bytes || curve === undefined) return undefined;
  return { kind: "ec", curve, scalar: scalar.content };
}

function pemContent(pem: string, label: string): Uint8Array | undefined {
  const found = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(pem);
  if (found === null) return undefined;
  try {
    return Uint8Array.from(atob(found[1]!.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
