/** What typedoc reads of the package; the plugin adds the pages. */
export * from "hyperstack-credentials";
export * from "hyperstack-credentials/element";
export * from "hyperstack-credentials/exports";
