import { StoreError } from "../../common/errors/store-error.ts";

/** The StoreError a call rejects with; anything else fails the test. */
export async function storeErrorOf(call: Promise<unknown>): Promise<StoreError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error("the call was expected to reject");
}
