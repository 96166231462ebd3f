const LANGUAGES: string[] = ["de", "es", "fr", "it"];
const WORLDS: string[] = ["Welt", "mundo", "monde", "mondo"];

/** The world in the language that an `accept-language` names first; "" where that is not a known one. */
export function worldIn(languages: string): string {
  const language = languages.trimStart().substring(0, 2).toLowerCase();
  const end = languages.trimStart().substring(2, 3);
  const isWhole = end.length == 0 || "-,; ".includes(end);
  const index = LANGUAGES.indexOf(language);
  return isWhole && index >= 0 ? WORLDS[index] : "";
}
