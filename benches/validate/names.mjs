/** Names of candidates that are looked up. */
export const BASE = "JSON.parse alone";
/** The decoder of the package, without the rest of it. */
export const OURS = "this package's decoder";
export const BARE = "fetch + json()";
export const CAREFUL = "fetch by hand: timeout, abort, cap";
export const HANDWRITTEN = "hand-written client, zod 4";
export const PACKAGE = "this package";
