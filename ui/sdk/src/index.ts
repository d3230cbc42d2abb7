// The package's public names.

export type { Answer } from "./answer.ts";
export type { App, AppOptions } from "./app.ts";
export type { CallOptions, Query, RequestOptions } from "./client.ts";
export { type ClientAppOptions, KeysteadClientApp } from "./client-app.ts";
export { ApiError, type ErrorCode, type ErrorFacts } from "./error.ts";
export {
  ApiKey,
  type ApiKeyEvent,
  type KeyChange,
  type ObfuscatedValue,
  type Page,
  type PageOptions,
  type TeamApiKey,
  type TeamApiKeyFirstView,
  type UserApiKey,
  type UserApiKeyFirstView,
} from "./key.ts";
export type { ApiKeyCreationOptions, ApiKeyRotationOptions, ApiKeyUpdateOptions } from "./key-options.ts";
export { KeyOwner, type KeySort, type ListApiKeysOptions } from "./owner.ts";
export type {
  ListPeopleOptions,
  TeamCreationOptions,
  TeamFacts,
  UserCreationOptions,
  UserFacts,
  UserUpdateOptions,
} from "./people.ts";
export type { PortalSession, PortalSessionOptions } from "./portal.ts";
export { KeysteadServerApp, type ServerAppOptions } from "./server-app.ts";
export { ServerTeam, type TeamMember } from "./server-team.ts";
export { ServerUser } from "./server-user.ts";
export { CurrentTeam, Team } from "./team.ts";
export type { TokenSource } from "./token.ts";
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
  WireEvent,
  WireKey,
  WireMe,
  WireMember,
  WireMyTeam,
  WireOwner,
  WireTeam,
  WireUse,
  WireUser,
} from "./wire.ts";
