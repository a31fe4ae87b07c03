import { Client, isVerified } from "../handwritten/client.ts";
import { ID, options } from "./answer.mjs";

export const ask = async () => isVerified(await new Client(options).verify(ID));
