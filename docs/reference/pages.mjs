/** Reads the site's structure from docs/README.md: its headings are the categories, the links in its tables are the pages. */

const HEADING = /^## (.+)$/;
const ROW = /^\| \[([^\]]+)\]\(([^)#]+\.md)\) \|/;

/** Returns every page as `{ category, title, path }`, with its path relative to docs/. */
export function pagesOf(index) {
  let category;
  return index.split("\n").flatMap((line) => {
    category = HEADING.exec(line)?.[1] ?? category;
    const [, title, path] = ROW.exec(line) ?? [];
    return path === undefined ? [] : [{ category, title, path }];
  });
}
