/** Finds columns by their headings, in any case and with any separator between words. */

/** Returns what headings are compared by: `E-Mail Address` and `email_address` are the same. */
const fold = (heading: string): string =>
  heading
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/gu, "");

/** Returns the indexes of the columns that have one of these headings. */
export const columnsNamed = (headings: readonly string[], names: readonly string[]): number[] => {
  const wanted = names.map(fold);
  return [...headings.keys()].filter((index) => wanted.includes(fold(headings[index] ?? "")));
};

/** Returns headings as a message lists them. */
export const listHeadings = (headings: readonly string[]): string =>
  headings.map((heading) => JSON.stringify(heading.trim())).join(", ");
