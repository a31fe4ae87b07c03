import * as api from "hyperstack-credentials";
import { roundTrip } from "./shared/receipts.js";

const { HYPERSTACK_API_TOKEN: token, HYPERSTACK_API_BASE: baseUrl } = process.env;
const verification = await new api.Hyperstack({ token, baseUrl }).verify("DemoValid00000000000000000000001");
console.log(await roundTrip(api, verification));
