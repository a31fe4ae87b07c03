/** The core of `Hyperstack`. */
export { core } from "./core/client.js";
