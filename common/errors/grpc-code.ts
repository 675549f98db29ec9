/**
 * The canonical gRPC status codes, as numbers on the wire. Kept here so that the error catalogue
 * needs no RPC library; Connect uses the same numbers.
 */
export const GrpcCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Name of a canonical status code. */
export type GrpcCodeName = keyof typeof GrpcCode;

const NAMES: readonly string[] = Object.keys(GrpcCode);

/** Name of a numeric status code; "UNKNOWN" for numbers outside the canonical range. */
export function grpcCodeName(code: number): GrpcCodeName {
  return (NAMES[code] ?? "UNKNOWN") as GrpcCodeName;
}
