/** The fault table in Node: the rows of the operations that only read. */
import { testRowsOf } from "../support/fault-tests.mjs";

testRowsOf("read");
