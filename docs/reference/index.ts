/**
 * What typedoc reads: the package, and the pages that belong to it.
 *
 * @module
 * @document ../errors.md
 * @document ../retries.md
 */
export * from "hyperstack-credentials";
