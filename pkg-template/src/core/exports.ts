/** The functions that the wasm modules export (wasm/client, wasm/verifier). */
import type { ApiResponse } from "../api-promise.js";
import type {
  Account,
  CreatedGroup,
  Credential,
  Done,
  DoneWithMessage,
  DraftCredential,
  Group,
  IssuedCredential,
  ParsedCredentialUrl,
  PublishedCredential,
  Verification,
} from "../types.js";

/**
 * Token, `fetch`, `onEvent` and the settings of a client: own members of a plain object. The retry budget and the numbers
 * of calls belong to this very object.
 */
type Config = object;
/** `signal`, `onAttempt` and the options of a call: own members of a plain object. */
type Options = object;

/** An operation without arguments. */
type Call<T> = (config: Config, options?: Options) => Promise<ApiResponse<T>>;
/** An operation with a body. The wasm validates it. */
type CallWithParams<T> = (config: Config, params: unknown, options?: Options) => Promise<ApiResponse<T>>;
/** An operation on one thing. */
type CallWithKey<T> = (config: Config, key: unknown, options?: Options) => Promise<ApiResponse<T>>;
/** An operation on one thing, with a body. */
type CallWithKeyAndParams<T> = (
  config: Config,
  key: unknown,
  params: unknown,
  options?: Options,
) => Promise<ApiResponse<T>>;
/** One page of a list. */
type CallForPage = <Page>(config: Config, params: unknown, options?: Options) => Promise<ApiResponse<Page>>;

/** What both modules export. */
export interface VerifierExports {
  parseCredentialUrl(text: unknown, options?: Options): Promise<ParsedCredentialUrl>;
  verifyRemote(config: object, input: unknown, options?: Options): Promise<Verification>;
}

/** What the client's module exports. */
export interface ClientExports extends VerifierExports {
  getAccount: Call<Account>;
  createGroup: CallWithParams<CreatedGroup>;
  viewGroup: CallWithKey<Group>;
  updateGroup: CallWithKeyAndParams<Done>;
  listGroups: CallForPage;
  searchGroups: CallForPage;
  generateCredential: CallWithParams<DraftCredential>;
  issueCredential: CallWithParams<IssuedCredential>;
  /** Validates the arguments of `issueCredential`, and sends nothing. */
  checkNewCredential(params: unknown): Promise<void>;
  publishCredential: CallWithKey<PublishedCredential>;
  viewCredential: CallWithKey<Credential>;
  updateCredential: CallWithKeyAndParams<Done>;
  listCredentials: CallForPage;
  searchCredentials: CallForPage;
  updateRecipient: CallWithParams<DoneWithMessage>;
  subscribeWebhook: CallWithParams<DoneWithMessage>;
  unsubscribeWebhook: Call<Done>;
  verify(config: Config, input: unknown, options?: Options): Promise<Verification>;
  /** Returns the name of the rule that a text breaks as strict JSON, e.g. `duplicate_key`; `undefined` if none. */
  checkJson(text: string): Promise<string | undefined>;
}
