// Code that is shared with a page: the entry that fetches the wasm there is one that has it inside here.
import { Hyperstack } from "hyperstack-credentials/external";
import { ask } from "./shared/ask.js";

const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
console.log(await ask(new Hyperstack({ token, baseUrl })));
