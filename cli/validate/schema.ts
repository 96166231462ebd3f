import type { ErrorObject, ValidateFunction } from "ajv";
import { isAmbiguous, near } from "../near.js";
import { type Finding, type Place, placeText } from "./finding.js";

/**
 * What a closed schema finds, told so that one can put it right: unknown keys with the name that was probably meant, and
 * a fix for those that are only misspelt. `at` is where the value stands in the document.
 */
export function schemaFindings(
  validate: ValidateFunction,
  value: unknown,
  rule: string,
  at: Place = [],
): Finding[] {
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const found = errors
    .filter((error) => isWorthTelling(error, errors))
    .map((error) => findingOf(error, rule, at));
  const told = new Map(found.map((finding) => [`${placeText(finding.place)} ${finding.message}`, finding]));
  return [...told.values()];
}

/** Errors of branches say nothing where the branch itself is told of; `oneOf` says nothing where an inner one is. */
function isWorthTelling(error: ErrorObject, all: ErrorObject[]): boolean {
  if (["if", "propertyNames", "not"].includes(error.keyword)) return false;
  if (error.schemaPath.includes("/anyOf/")) return false;
  if (/\/oneOf\/\d+\//.test(error.schemaPath)) return false;
  if (error.keyword === "anyOf" || error.keyword === "oneOf")
    return !all.some((other) => other !== error && other.instancePath.startsWith(`${error.instancePath}/`));
  return true;
}

function findingOf(error: ErrorObject, rule: string, at: Place): Finding {
  const place = [...at, ...placeOf(error.instancePath, error.data)];
  const level = "error" as const;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties":
      return unknownKey(
        error,
        rule,
        place,
        String(params["additionalProperty"] ?? params["unevaluatedProperty"]),
      );
    case "required":
      return {
        level,
        rule: `${rule}/missing`,
        place,
        message: `${placeText([...place, String(params["missingProperty"])])} is missing`,
      };
    case "enum":
    case "const": {
      const allowed = (
        error.keyword === "const" ? [params["allowedValue"]] : params["allowedValues"]
      ) as unknown[];
      return wrongChoice(error, rule, place, allowed);
    }
    case "type":
      return {
        level,
        rule: `${rule}/type`,
        place,
        message: `${placeText(place)} is ${kindOf(error.data)}, where ${listed([params["type"]].flat())} is needed`,
        ...numberFix(error, place, [params["type"]].flat()),
      };
    default:
      return {
        level,
        rule: `${rule}/${error.keyword}`,
        place,
        message: `${placeText(place)} ${sentenceOf(error)}`,
      };
  }
}

function unknownKey(error: ErrorObject, rule: string, place: Place, key: string): Finding {
  const known = Object.keys((error.parentSchema?.["properties"] ?? {}) as object);
  const meant = near(key, known);
  const isTaken = meant !== null && Object.hasOwn(error.data as object, meant);
  const whole = [...place, key];
  return {
    level: "error",
    rule: `${rule}/unknown-field`,
    place: whole,
    message: `${placeText(whole)} is not known${place.length === 0 ? "" : ` in ${placeText(place)}`}`,
    ...(meant !== null && { proposal: `Write ${meant}.` }),
    ...(meant === null && known.length > 0 && { proposal: `There is ${listed(known, "and")}.` }),
    ...(meant !== null && !isTaken && !isAmbiguous(key, known) && { fix: [{ rename: whole, to: meant }] }),
  };
}

function wrongChoice(error: ErrorObject, rule: string, place: Place, allowed: unknown[]): Finding {
  const names = allowed.filter((value) => typeof value === "string");
  const said = typeof error.data === "string" ? error.data : JSON.stringify(error.data);
  const meant = near(said, names);
  return {
    level: "error",
    rule: `${rule}/choice`,
    place,
    message: `${placeText(place)} is ${JSON.stringify(error.data)}, and must be ${listed(allowed.map(String))}`,
    ...(meant !== null && { proposal: `Write ${meant}.` }),
    ...(meant !== null && !isAmbiguous(said, names) && { fix: [{ set: place, to: meant }] }),
  };
}

/** A number in quotes is meant as a number. */
function numberFix(error: ErrorObject, place: Place, types: unknown[]): Partial<Finding> {
  const { data } = error;
  if (
    typeof data !== "string" ||
    data.trim() === "" ||
    !types.some((type) => type === "integer" || type === "number")
  )
    return {};
  const number = Number(data);
  if (!Number.isFinite(number)) return {};
  return {
    proposal: `Write ${number} without quotes.`,
    fix: [{ set: place, to: number }],
  };
}

function sentenceOf(error: ErrorObject): string {
  const { keyword, data } = error;
  const params = error.params as { limit?: number; pattern?: string };
  if (keyword === "pattern") return `is ${JSON.stringify(data)}, ${notOfForm(params.pattern ?? "")}`;
  if (keyword === "minimum" || keyword === "exclusiveMinimum")
    return `is ${String(data)}, which is too low: ${error.message}`;
  if (keyword === "maximum" || keyword === "exclusiveMaximum")
    return `is ${String(data)}, which is too high: ${error.message}`;
  if (keyword === "minLength") return "is empty";
  if (keyword === "maxLength" && params.limit === 0) return "must be empty";
  if (keyword === "oneOf") return "fits none, or more than one, of the forms that are allowed";
  return error.message ?? keyword;
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/** Of names it is said in words what they may be. */
function notOfForm(pattern: string): string {
  const has = "which may have small letters, digits and hyphens alone";
  if (pattern === `^${label}$`) return `${has}, and ends with no hyphen`;
  if (pattern === `^${label}(\\.${label})*$`) return `${has}, with dots between, and ends with none of these`;
  return `which is not of the form ${pattern}`;
}

/** A pointer's parts; those that stand in a list are numbers. */
function placeOf(pointer: string, _data: unknown): (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `${typeof value === "string" ? "the text" : `the ${typeof value}`} ${JSON.stringify(value)}`;
}

function listed(words: unknown[], last = "or"): string {
  const texts = words.map(String);
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} ${last} ${texts.at(-1)}`;
}
