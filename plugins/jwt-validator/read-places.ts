import { Config, JsonType, isFieldNameText, isFieldNamed, isFieldValueText } from "as-proxy-wasm";
import { CookiePlace } from "./cookie-place";
import { HeaderPlace } from "./header-place";
import { ParameterPlace } from "./parameter-place";
import { TokenPlace } from "./token-places";

const AUTHORIZATION = "authorization";
const BEARER = "Bearer ";

/** Reads where tokens may be: `authorization`, unless the configuration names other places. */
export function readPlaces(config: Config): TokenPlace[] {
  const places: TokenPlace[] = [];
  const headers = config.objects("from_headers");
  for (let i = 0; i < headers.length; i++) places.push(readHeader(headers[i]));
  const parameters = config.strings("from_params");
  for (let i = 0; i < parameters.length; i++) {
    if (parameters[i].length == 0) config.problem("from_params", "must not have empty texts in it");
    places.push(new ParameterPlace(parameters[i]));
  }
  const cookies = config.strings("from_cookies");
  for (let i = 0; i < cookies.length; i++) {
    if (!isFieldNameText(cookies[i])) config.problem("from_cookies", "expected names of cookies");
    places.push(new CookiePlace(cookies[i]));
  }
  if (places.length == 0) places.push(new HeaderPlace(AUTHORIZATION, BEARER));
  return places;
}

function readHeader(config: Config): TokenPlace {
  const name = config.requiredString("name");
  if (config.typeOf("name") == JsonType.String && !isFieldNameText(name))
    config.problem("name", "expected the name of a header");
  const prefix = config.string("prefix", isFieldNamed(name, AUTHORIZATION) ? BEARER : "");
  if (!isFieldValueText(prefix)) config.problem("prefix", "must not have control characters in it");
  return new HeaderPlace(name, prefix);
}
