import { v7 } from "uuid";

/**
 * A new reservation token, a UUIDv7. Make it, put it beside the business action in durable storage,
 * and only then send the request: whatever happens to the answer, the token can tell what became of it.
 */
export function newToken(): string {
  return v7();
}

/** A request that has its token. */
export type WithToken<Input extends { readonly token?: string }> = Input & { readonly token: string };

/** The request under its own token, or under a new one. */
export function withToken<Input extends { readonly token?: string }>(input: Input): WithToken<Input> {
  return { ...input, token: input.token ?? newToken() };
}
