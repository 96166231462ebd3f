import type { Comparison } from "../../measure/comparison.js";
import { short, whole } from "../words.js";
import { urlFigureNames, urlFigures, type UrlResult } from "./url-result.js";

/** In one sentence, what the plugin costs the service's clients. */
export function urlVerdict({ on, off, against }: Pick<UrlResult, "on" | "off" | "against">): string {
  if (against === null) return "one of the sides gave no good answer: there is nothing to compare";
  const says = urlFigureNames
    .filter((name) => name !== "p90")
    .map((name) => {
      const { unit, title } = urlFigures[name];
      const say = name === "throughput" ? whole : short;
      return `${title} ${say(off.figures![name])} -> ${say(on.figures![name])} ${unit} (${overhead(against[name])})`;
    });
  return `with the plugin ${says.join(", ")}`;
}

/** `+4.20 %, 2.10 to 5.90`, or that there is no telling. */
export function overhead({ ratio, isMeasurable }: Comparison): string {
  const percent = (value: number) => `${value < 1 ? "" : "+"}${short((value - 1) * 100)}`;
  const range = `${percent(ratio.low)} to ${percent(ratio.high)} %`;
  return isMeasurable ? `${percent(ratio.value)} %, ${range}` : `no measurable difference: ${range}`;
}
