/** The entry `./verifier`: verification in a browser, without the API client. */
export { init } from "./init.js";
