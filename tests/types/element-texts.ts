/** Every text that the element shows is one of the verify page's. Nothing here runs. */
import en from "../../www/public/messages/en.json" with { type: "json" };
import { needed } from "./element.ts";

needed(en);
