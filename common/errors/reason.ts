import { ErrorReason } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { ERROR_CATALOG, type Reason } from "./catalog.ts";

const NAME_BY_NUMBER = new Map<number, Reason>(
  (Object.keys(ERROR_CATALOG) as Reason[]).map((reason) => [ErrorReason[reason], reason]),
);

/** Number of a reason on the wire (`types.v1.ErrorReason`), 1 to 255. */
export function reasonNumber(reason: Reason): number {
  return ErrorReason[reason];
}

/** Name of a reason's number; undefined for 0 and for numbers this build does not know. */
export function reasonName(number: number): Reason | undefined {
  return NAME_BY_NUMBER.get(number);
}

/** Whether a text names a reason this build knows. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(ERROR_CATALOG, text);
}
