import { Hyperstack, isVerified } from "hyperstack-credentials/external";
import { ID, options } from "./answer.mjs";

export const ask = async () => isVerified(await new Hyperstack(options).verify(ID));
