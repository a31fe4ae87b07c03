/** The core of `Verifier` and of link parsing. On servers the build puts the client's core in its place. */
export { core } from "#verifier-core";
