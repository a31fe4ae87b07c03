/** The command `account`: prints the account of the token. */
import type { Account } from "hyperstack-credentials";
import { type ClientOptions, createClient } from "./client.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { type Column, printRecord, type RecordOptions } from "./records.js";

const FIELDS: readonly Column<Account>[] = [
  { heading: "name", cell: ({ account_name }) => account_name },
  { heading: "id", cell: ({ account_id }) => account_id },
];

/** Runs `account`. */
export const account = async (options: ClientOptions & RecordOptions): Promise<ExitCode> => {
  await printRecord(await createClient(options).account.get(), FIELDS, options);
  return EXIT.OK;
};
