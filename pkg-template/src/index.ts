/** The public surface of the main entry. */
export { type VerifyAccount, verifyInAccounts } from "./accounts.js";
export { ApiPromise, type ApiResponse } from "./api-promise.js";
export { type ParseOptions, parseCredentialUrl } from "./credential-url.js";
export {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  HyperstackError,
  InsufficientBalanceError,
  InternalError,
  type Issue,
  isHyperstackError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ResponseError,
  ServerError,
  TimeoutError,
  ValidationError,
} from "./errors.js";
export { Hyperstack, type HyperstackOptions, type VerifyOptions } from "./hyperstack.js";
export { init } from "./init.js";
export type { IssueManyItem, ItemPlace } from "./issue-item.js";
export { type IssueJournalEntry, readIssueJournal } from "./issue-journal.js";
export {
  type IssueManyOptions,
  type IssueManyProgress,
  type IssueResult,
  IssueRun,
  type SkippedItem,
  type SkipReason,
} from "./issue-many.js";
export { type NodeListener, type NodeRequest, type NodeResponse, toNodeListener } from "./node-listener.js";
export type {
  CreationOptions,
  Fetch,
  ListOptions,
  RequestOptions,
  TransportOptions,
} from "./options.js";
export { type Page, Paged } from "./paged.js";
export type { WaitOptions } from "./publication.js";
export { createReceipt, type Receipt, type UnsignedReceipt } from "./receipt.js";
export { ReceiptError } from "./receipt-error.js";
export {
  importReceiptKey,
  type PublishedReceiptKey,
  type ReceiptJwk,
  type ReceiptSigner,
  receiptKeySet,
} from "./receipt-keys.js";
export {
  type ReceiptKeySet,
  type SignedReceipt,
  signReceipt,
  type VerifiedReceipt,
  type VerifyReceiptOptions,
  verifyReceipt,
} from "./receipt-signature.js";
export type { AccountResource } from "./resources/account.js";
export type { CredentialsResource } from "./resources/credentials.js";
export type { GroupsResource } from "./resources/groups.js";
export type { RecipientsResource } from "./resources/recipients.js";
export type { WebhooksResource } from "./resources/webhooks.js";
export * from "./types.js";
export type { ItemFinding, ManyValidation, ValidateManyOptions } from "./validate-many.js";
export { assertVerified, isVerified } from "./verification.js";
export { Verifier, type VerifierOptions } from "./verifier.js";
export type { VerifyCacheOptions, VerifyCacheStore } from "./verify-cache.js";
export { createVerifyHandler, type VerifyHandler } from "./verify-handler.js";
export type {
  VerifyAdmission,
  VerifyHandlerOptions,
  VerifyLogEntry,
  VerifyServiceOptions,
} from "./verify-handler-options.js";
export { WebhookError } from "./webhook-error.js";
export {
  confirmWebhook,
  type ParseWebhookOptions,
  parseWebhook,
  type WebhookConfirmation,
  type WebhookDelivery,
  type WebhookEvent,
} from "./webhooks.js";
