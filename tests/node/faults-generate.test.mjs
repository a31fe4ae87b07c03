/** The fault table in Node: the rows of credentials.generate. */
import { testRowsOf } from "../support/fault-tests.mjs";

testRowsOf("generate");
