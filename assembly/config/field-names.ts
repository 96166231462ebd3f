import { isFieldNameText } from "../http/fields";
import { isFramingField } from "../http/framing";
import { lowerCaseText } from "../runtime/ascii";
import { Config } from "./config";

/**
 * Adds the names of header fields that a key of the configuration lists, in small letters and each once. What is no name
 * is a problem that `config.ok()` tells of, and with `refusesFraming` those are too that say how messages are framed.
 */
export function readFieldNames(config: Config, key: string, refusesFraming: bool, names: string[]): void {
  const list = config.strings(key);
  for (let i = 0; i < list.length; i++) {
    if (!isFieldNameText(list[i])) config.problem(key, "expected names of header fields");
    const name = lowerCaseText(list[i]);
    if (refusesFraming && isFramingField(name)) {
      config.problem(key, "must not have " + name + " in it, which is the host's business");
    }
    if (!names.includes(name)) names.push(name);
  }
}
