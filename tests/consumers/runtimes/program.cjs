const { Hyperstack } = require("hyperstack-credentials");

const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
import("./shared/ask.js").then(async ({ ask }) => console.log(await ask(new Hyperstack({ token, baseUrl }))));
