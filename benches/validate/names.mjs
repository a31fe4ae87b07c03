/** Names of candidates that are looked up. */
export const BARE = "fetch + json()";
export const BASE = "JSON.parse alone";
export const CAREFUL = "fetch by hand: timeout, abort, cap";
export const HANDWRITTEN = "hand-written client, zod 4";
export const PACKAGE = "this package";
export const ZOD = "JSON.parse + zod 4";
export const ZOD_WITHOUT = "JSON.parse + zod 4, no code generation";
export const VALIBOT = "JSON.parse + valibot";
/** They check nothing, so nothing but broken JSON is refused. */
export const UNCHECKED = [BASE, CAREFUL];
