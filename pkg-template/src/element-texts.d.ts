/** The texts of the verify page that the element shows: by language, by key. Written by xtask/src/package.rs. */
declare const texts: Readonly<Record<string, Readonly<Record<string, string>>>>;
export default texts;
