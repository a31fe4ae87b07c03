/** The verify page's texts, as far as the element shows them: by language, by key. Made by xtask/src/package.rs. */
declare const texts: Readonly<Record<string, Readonly<Record<string, string>>>>;
export default texts;
