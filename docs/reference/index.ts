/** The package's modules that typedoc reads. The plugin adds the pages. */
export * from "hyperstack-credentials";
export * from "hyperstack-credentials/element";
export * from "hyperstack-credentials/exports";
