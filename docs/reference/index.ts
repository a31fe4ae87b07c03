/**
 * What typedoc reads: the package, and the pages that belong to it.
 *
 * @module
 * @document ../errors.md
 * @document ../retries.md
 * @document ../exports.md
 */
export * from "hyperstack-credentials";
export * from "hyperstack-credentials/exports";
