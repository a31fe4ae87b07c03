/** Creates the client of a command. The token comes from the environment or a file, never from an argument. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { Hyperstack } from "hyperstack-credentials";
import { CliError, usageError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";
import { causeOf } from "./files.js";

/** Options of every command that calls the API. */
export interface ClientOptions {
  tokenFile?: string;
  baseUrl?: string;
}

const MISSING_TOKEN =
  "There is no API token. Set HYPERSTACK_API_TOKEN, or name a file that holds it with --token-file FILE " +
  "(the token: dashboard → Settings → API Access).";

/** Reads the token from the file that an option or a variable names. */
const readTokenFile = (name: string, file: string): string => {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(EXIT.NO_INPUT, `${name}: ${file} cannot be read: ${causeOf(error)}.`);
  }
  const token = text.replace(/^\ufeff/, "").trim();
  if (!token) throw new CliError(EXIT.DATA, `${name}: ${file} is empty; write the API token into it.`);
  return token;
};

const readToken = ({ tokenFile }: ClientOptions): string => {
  if (tokenFile !== undefined) return readTokenFile("--token-file", tokenFile);
  const { HYPERSTACK_API_TOKEN, HYPERSTACK_API_TOKEN_FILE } = process.env;
  const token = HYPERSTACK_API_TOKEN?.trim();
  if (token) return token;
  if (!HYPERSTACK_API_TOKEN_FILE) throw usageError(MISSING_TOKEN);
  return readTokenFile("HYPERSTACK_API_TOKEN_FILE", HYPERSTACK_API_TOKEN_FILE);
};

/** Returns the API's base URL, unless it is the default. */
export const baseUrlOf = ({ baseUrl }: ClientOptions): string | undefined =>
  baseUrl ?? (process.env.HYPERSTACK_API_BASE || undefined);

const create = (options: ClientOptions, token: string): Hyperstack =>
  // White space around a cell is a typing error, not part of the name.
  new Hyperstack({ token, baseUrl: baseUrlOf(options), trimWhitespace: true });

/** Creates the client of a command. */
export const createClient = (options: ClientOptions): Hyperstack => create(options, readToken(options));

/** Creates a client for validation. It sends nothing, so it needs no token. */
export const createOfflineClient = (options: ClientOptions): Hyperstack => create(options, "validates-only");
