import type { Reason } from "../../../common/errors/catalog.ts";

/** Reasons that no caller of the public API can get from this version, each with why. */
export const UNREACHED: Readonly<Partial<Record<Reason, string>>> = {
  WRONG_SHARD: "issuers do not move between shards yet; a shard that lacks an issuer says ISSUER_NOT_FOUND",
  SESSION_LOST: "nothing makes a generation that lost records yet",
  CURSOR_INVALID: "there is no change feed yet",
  CURSOR_DIVERGED: "there is no change feed yet",
  CURSOR_TOO_OLD: "there is no change feed yet, and no log is shortened at its old end",
  UNAUTHENTICATED: "callers have no identities yet",
  PERMISSION_DENIED: "callers have no identities yet",
};
