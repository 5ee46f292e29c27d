/** Labels typed in part. */

const ENOUGH = 3; // letters

/** The one term that begins with what is typed, else what is typed: free text stays, and so does what could be two. */
export function completed(typed: string, terms: readonly string[]): string {
  const words = typed.trim();
  const start = words.toLowerCase();
  if (start.length < ENOUGH) return words;
  const found = terms.filter((term) => term.toLowerCase().startsWith(start));
  const [only] = found;
  return found.find((term) => term.toLowerCase() === start) ?? (only && found.length === 1 ? only : words);
}
