/** The public surface. */
export { type VerifyAccount, verifyInAccounts } from "./accounts.js";
export { ApiPromise, type ApiResponse } from "./api-promise.js";
export type { HyperstackEvent } from "./call.js";
export * from "./client.js";
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
  WebhookError,
} from "./errors.js";
export { init } from "./init.js";
export * from "./issue-many.js";
export { type NodeListener, type NodeRequest, type NodeResponse, toNodeListener } from "./node-listener.js";
export { type Page, Paged } from "./paged.js";
export type { WaitOptions } from "./publication.js";
export {
  createReceipt,
  importReceiptKey,
  type PublishedReceiptKey,
  type Receipt,
  ReceiptError,
  type ReceiptJwk,
  type ReceiptKeySet,
  type ReceiptSigner,
  receiptKeySet,
  type SignedReceipt,
  signReceipt,
  type UnsignedReceipt,
  type VerifiedReceipt,
  type VerifyReceiptOptions,
  verifyReceipt,
} from "./receipt.js";
export * from "./types.js";
export * from "./verification.js";
export type { VerifyCacheOptions, VerifyCacheStore } from "./verify-cache.js";
export * from "./verify-handler.js";
export * from "./webhooks.js";
