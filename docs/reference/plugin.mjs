/**
 * What typedoc does not do by itself.
 *
 * - The pages of the documentation, their order, titles and categories are those of docs/README.md, and the examples are those of
 *   examples/README.md, so that no page needs front matter, which GitHub and npm would show.
 * - Code in a heading is part of its anchor and of the table of contents, as on GitHub.
 * - The client's operations are functions in object literals (`hyperstack.groups.create`), which typedoc takes for
 *   properties and shows without what is said of their parameters. Here they become methods.
 * - Members of a type that is written out at a parameter (`toArray({ limit })`) need a comment, too.
 * - Links to a heading of the first page name its file: a folder is not a page when the site is opened from disk.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application, Converter, PageEvent, ReflectionKind } from "typedoc";
import { pagesOf } from "./pages.mjs";

const docs = new URL("../", import.meta.url);
const examples = new URL("../examples/", docs);
const pagesIn = (folder) =>
  pagesOf(readFileSync(new URL("README.md", folder), "utf8")).map((page) => ({
    ...page,
    path: fileURLToPath(new URL(page.path, folder)),
  }));
const pages = [
  { category: "Start", title: "Documentation", path: fileURLToPath(new URL("README.md", docs)) },
  ...pagesIn(docs),
  ...pagesIn(examples).map((page) => ({ ...page, category: "Examples" })),
];

export const load = (app) => {
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue(
      "projectDocuments",
      pages.map(({ path }) => path),
    );
    app.options.setValue("markdownItLoader", (parser) =>
      parser.core.ruler.push("heading_code", readHeadingCode),
    );
  });
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const file = document.project.files.getReflectionPath(document);
    const { category, title } = pages.find(({ path }) => path === file);
    document.name = title;
    document.frontmatter.category = category;
  });
  app.renderer.on(PageEvent.END, (page) => {
    page.contents = page.contents.replaceAll('href="../#', 'href="../index.html#');
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      if (!property.parent?.kindOf(ReflectionKind.TypeLiteral)) continue;
      const signatures = property.type?.type === "reflection" && property.type.declaration.signatures;
      if (signatures) asMethod(property, signatures);
      else if (property.parent.parent?.kindOf(ReflectionKind.Parameter) && !property.hasComment()) {
        app.logger.validationWarning(`${property.getFullName()} does not have any documentation`);
      }
    }
  });
};

/** Shows the code in headings as text to typedoc, which reads the children of a token; the renderer reads its content. */
const readHeadingCode = ({ tokens }) => {
  tokens.forEach((token, at) => {
    if (token.type !== "heading_open") return;
    for (const child of tokens[at + 1].children) {
      if (child.type === "code_inline") child.children = [{ type: "text", content: child.content }];
    }
  });
};

const asMethod = (property, signatures) => {
  for (const signature of signatures) {
    signature.name = property.name;
    signature.parent = property;
    signature.comment ??= property.comment;
  }
  property.kind = ReflectionKind.Method;
  property.signatures = signatures;
  property.type = undefined;
  property.comment = undefined;
};
