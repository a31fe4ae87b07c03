import { Hyperstack } from "hyperstack-credentials";
import { ask } from "./shared/ask.js";

const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
console.log(await ask(new Hyperstack({ token, baseUrl })));
