/** The fault table in Node: the rows of credentials.issue and credentials.publish. */
import { testRowsOf } from "../support/fault-tests.mjs";

testRowsOf("issue");
