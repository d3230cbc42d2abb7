// The package's public names.

export type { AppOptions } from "./app.ts";
export type { Answer, Query, RequestOptions, TokenSource } from "./client.ts";
export { type ClientAppOptions, KeysteadClientApp } from "./client-app.ts";
export { ApiError, type ErrorCode, type ErrorFacts } from "./error.ts";
export {
  ApiKey,
  type ApiKeyCreationOptions,
  type ApiKeyEvent,
  type ApiKeyRotationOptions,
  type ApiKeyUpdateOptions,
  type KeyChange,
  type ObfuscatedValue,
  type Page,
  type TeamApiKey,
  type TeamApiKeyFirstView,
  type UserApiKey,
  type UserApiKeyFirstView,
} from "./key.ts";
export { KeyOwner, type KeySort, type ListApiKeysOptions } from "./owner.ts";
export { KeysteadServerApp, type ServerAppOptions } from "./server-app.ts";
export { CurrentTeam, Team } from "./team.ts";
export { CurrentUser, User } from "./user.ts";
export type { Uses, UsesOptions } from "./uses.ts";
export type { Verdict, VerifyOptions } from "./verify.ts";
export type {
  Credits,
  Environment,
  OwnerType,
  Permission,
  Policy,
  RateLimit,
  Restrictions,
  Status,
  WhyInvalid,
  WireKey,
  WireMe,
  WireOwner,
} from "./wire.ts";
