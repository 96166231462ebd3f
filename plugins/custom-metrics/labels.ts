import { labelName } from "as-proxy-wasm";

/** The labels that every request has, by the names that Envoy and Istio have for them. */
const METHOD: string = "method";
const RESPONSE_CLASS: string = "response_code_class";

/** What a label says of a header that is not there, or is empty: a label without a value is none to Prometheus. */
export const NO_VALUE: string = "none";

/** The methods that have series of their own (RFC 9110, 9.1, and RFC 5789); clients can make up any other. */
export const METHODS: string[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
];

/** By the first digit of the status; requests that got no response have 0, as in Envoy's access log. */
export const RESPONSE_CLASSES: string[] = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"];

/** The index of a status in `RESPONSE_CLASSES`; -1 is for a status that is in none. */
export function responseClass(status: i64): i32 {
  if (status <= 0) return 0;
  const first = status / 100;
  return first >= 1 && first < RESPONSE_CLASSES.length ? <i32>first : -1;
}

/** What the value of a label is taken from. */
export enum Source {
  Method,
  ResponseClass,
  Header,
}

/** A label, and what it shows. */
@final
export class Label {
  constructor(
    readonly name: string,
    readonly source: Source,
    /** The field that has the value; "" for the other sources. */
    readonly header: string,
  ) {}
}

/**
 * The labels of a configuration: method, response class, and one for each header. Different headers never share a label:
 * a second one of a name gets a number.
 *
 * Tag rules look for a label's name anywhere, in the middle of a longer name too, and take the first place: so a label
 * stands before the labels that end with its name.
 */
export function labelsOf(headers: string[]): Label[] {
  const labels: Label[] = [
    new Label(METHOD, Source.Method, ""),
    new Label(RESPONSE_CLASS, Source.ResponseClass, ""),
  ];
  for (let i = 0; i < headers.length; i++) {
    const plain = labelName(headers[i]);
    let name = plain;
    for (let number = 2; isTaken(labels, name); number++) name = plain + "_" + number.toString();
    insert(labels, new Label(name, Source.Header, fieldOf(headers[i])));
  }
  return labels;
}

/** The field that has a header's value: that of `host` is always the authority, in HTTP/1 too. */
function fieldOf(header: string): string {
  return header == "host" ? ":authority" : header;
}

/** The names of labels, in their order. */
export function namesOf(labels: Label[]): string[] {
  const names: string[] = [];
  for (let i = 0; i < labels.length; i++) names.push(labels[i].name);
  return names;
}

function isTaken(labels: Label[], name: string): bool {
  return namesOf(labels).includes(name);
}

function insert(labels: Label[], label: Label): void {
  let place = 0;
  while (place < labels.length && !labels[place].name.endsWith(label.name)) place += 1;
  labels.push(label);
  for (let i = labels.length - 1; i > place; i--) labels[i] = labels[i - 1];
  labels[place] = label;
}
