/** Finds columns by heading, ignoring case and the separators between words. */

/** Normalizes a heading for comparison: `E-Mail Address` and `email_address` are equal. */
const normalize = (heading: string): string =>
  heading
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/gu, "");

/** Returns the indexes of the columns with one of these headings. */
export const columnsNamed = (headings: readonly string[], names: readonly string[]): number[] => {
  const wanted = names.map(normalize);
  return [...headings.keys()].filter((index) => wanted.includes(normalize(headings[index] ?? "")));
};

/** A message lists at most this many headings. */
const MAX_LISTED = 20;

/** Formats headings for a message. */
export const listHeadings = (headings: readonly string[]): string => {
  const listed = headings.slice(0, MAX_LISTED).map((heading) => JSON.stringify(heading.trim()));
  const more = headings.length - listed.length;
  return listed.join(", ") + (more > 0 ? ` and ${more.toLocaleString("en")} more` : "");
};
