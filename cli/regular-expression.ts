/** Whether a text is a regular expression: what JSON Schema's format `regex` asks. */
export function isExpression(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
