/** What a TCP server answers to what it got at once; `ends` ends its side. */
export function tcpAnswer(text: string): { text: string; later?: string; ends?: true } {
  if (text === "END") return { text: "ended", ends: true };
  if (text === "WAIT") return { text: "wait held", later: " released" };
  return { text: `first:${text}` };
}
