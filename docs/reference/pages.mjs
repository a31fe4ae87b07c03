/** Reads the order of the site from docs/README.md: its headings are the categories, the pages that its tables link to their pages. */

const HEADING = /^## (.+)$/;
const ROW = /^\| \[([^\]]+)\]\(([^)#]+\.md)\) \|/;

/** Every page as `{ category, title, path }`, with its path relative to docs/. */
export function pagesOf(index) {
  let category;
  return index.split("\n").flatMap((line) => {
    category = HEADING.exec(line)?.[1] ?? category;
    const [, title, path] = ROW.exec(line) ?? [];
    return path === undefined ? [] : [{ category, title, path }];
  });
}
