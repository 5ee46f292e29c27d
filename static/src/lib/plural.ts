/** Numbers with their nouns: "1 person", "2 people". */

/** The noun alone, where the number stands elsewhere. */
export const noun = (n: number, one: string, several = `${one}s`): string => (n === 1 ? one : several);

/** "12 attempts", "1 attempt", "1,000 people" */
export const count = (n: number, one: string, several = `${one}s`): string =>
  `${n.toLocaleString("en-GB")} ${noun(n, one, several)}`;
