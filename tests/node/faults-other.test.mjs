/** The fault table in Node: the rows of the operations that have no file of their own. */
import { testRowsOf } from "../support/fault-tests.mjs";

testRowsOf("other");
