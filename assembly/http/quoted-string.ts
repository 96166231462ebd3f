/**
 * A text in quotes, with a backslash before each quote and backslash in it, as parameters of fields have it. Control
 * characters cannot be in one: they stay, and the host does not set the field. (RFC 9110, 5.6.4)
 */
export function quotedString(text: string): string {
  let quoted = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x22 || code == 0x5c) quoted += "\\";
    quoted += text.charAt(i);
  }
  return quoted + '"';
}
