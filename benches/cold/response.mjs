import { options } from "./answer.mjs";

/** What every client does to an answer, and no more. */
export const ask = async () => (await (await options.fetch()).json()).success;
