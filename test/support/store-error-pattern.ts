import type { Reason } from "../../common/errors/catalog.ts";

/** What `t.throws` and `t.rejects` compare a StoreError with: its reason, and whatever else matters. */
export function storeErrorPattern(reason: Reason, more: object = {}): { name: string } {
  return { name: "StoreError", reason, ...more } as { name: string };
}
