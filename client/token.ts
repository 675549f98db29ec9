import { v7 } from "uuid";

/**
 * A new reservation token, a UUIDv7. Make it, put it beside the business action in durable storage,
 * and only then send the request: whatever happens to the answer, the token can tell what became of it.
 */
export function newToken(): string {
  return v7();
}
