/** The commands `credentials view`, `credentials publish` and `credentials search`. */
import {
  type CredentialRecord,
  parseCredentialUrl,
  type SearchCredentialsParams,
} from "hyperstack-credentials";
import { describeError, usageError } from "./cli-error.js";
import { type ClientOptions, createClient } from "./client.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { canAsk, confirm } from "./question.js";
import { type Column, printList, printRecord, type RecordOptions } from "./records.js";
import { messages, output, printable } from "./terminal.js";

/** Options of `credentials publish`. */
export interface PublishOptions extends ClientOptions {
  wait?: boolean;
  yes?: boolean;
}

/** Options of `credentials search`. */
export interface SearchOptions extends ClientOptions, RecordOptions {
  name?: string;
  email?: string;
  group?: string;
  id?: string;
  from?: string;
  to?: string;
  limit?: number;
}

const FIELDS: readonly Column<CredentialRecord>[] = [
  { heading: "id", cell: ({ document_id }) => document_id },
  { heading: "status", cell: ({ status }) => status },
  { heading: "group", cell: ({ group }) => group.title },
  { heading: "name", cell: ({ recipient }) => recipient.name },
  { heading: "email", cell: ({ recipient }) => recipient.email },
  { heading: "issued", cell: ({ issued_on }) => issued_on },
  { heading: "valid_until", cell: ({ valid_until }) => valid_until },
  { heading: "link", cell: ({ document_url }) => document_url },
];
const ID_RULE = "is not a credential link or id; an id has 32 letters and digits";

/** Returns the credential id in a link, or the id itself. */
const idOf = async (text: string): Promise<string> => {
  const parsed = await parseCredentialUrl(text);
  if (!parsed.ok) throw usageError(`“${printable(text)}” ${ID_RULE} (${parsed.code}).`);
  return parsed.id;
};

/** Runs `credentials view`. */
export const viewCredential = async (
  text: string,
  options: ClientOptions & RecordOptions,
): Promise<ExitCode> => {
  const id = await idOf(text);
  await printRecord<CredentialRecord>(await createClient(options).credentials.view(id), FIELDS, options);
  return EXIT.OK;
};

const mayPublish = async (number: number, { yes }: PublishOptions): Promise<boolean> => {
  if (yes) return true;
  if (!canAsk())
    throw usageError("publish asks before anything is mailed, and there is no terminal; add --yes.");
  const what =
    number === 1
      ? "this draft? Its recipient gets an e-mail."
      : `${number} drafts? The recipients get e-mails.`;
  return confirm(`Publish ${what}`);
};

/** Runs `credentials publish`. Prints a line for each draft and returns the highest exit code. */
export const publishCredentials = async (
  texts: readonly string[],
  options: PublishOptions,
): Promise<ExitCode> => {
  const ids = await Promise.all(texts.map(idOf));
  const { credentials } = createClient(options);
  if (!(await mayPublish(ids.length, options))) {
    await messages.line("Nothing was published.");
    return EXIT.UNFINISHED;
  }
  let exitCode: ExitCode = EXIT.OK;
  for (const id of ids) {
    try {
      await credentials.publish(id);
      if (options.wait) await credentials.waitUntilPublished(id);
      await output.line([options.wait ? "published" : "queued", id].join("\t"));
    } catch (error) {
      const failure = describeError(error);
      await output.line(["failed", id, printable(failure.message)].join("\t"));
      if (failure.exitCode > exitCode) exitCode = failure.exitCode;
    }
  }
  return exitCode;
};

const recipientOf = ({ name, email }: SearchOptions) => (name || email ? { recipient: { name, email } } : {});

const paramsOf = (options: SearchOptions): SearchCredentialsParams => ({
  ...recipientOf(options),
  group_key: options.group,
  credential_key: options.id,
  start_date: options.from,
  end_date: options.to,
});

/** Runs `credentials search`. */
export const searchCredentials = async (options: SearchOptions): Promise<ExitCode> => {
  const { json, limit } = options;
  const found = createClient(options).credentials.search(paramsOf(options));
  await printList(found, FIELDS, { ...(json && { json }), limit });
  return EXIT.OK;
};
