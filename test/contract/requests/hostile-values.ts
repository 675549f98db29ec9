import { create, type DescField, type DescMessage, ScalarType, toBinary } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { ValidRequest } from "./valid-requests.ts";

/** A request that is right but for one field. */
export interface HostileRequest {
  /** Name of the field in the contract. */
  readonly field: string;
  /** What is wrong with it. */
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Far above every bound on a text, far below the largest message. */
const GIANT = "x".repeat(100_000);
const INT64_MAX = 2n ** 63n - 1n;

/** One field that is set somewhere in a request. */
interface Slot {
  readonly field: DescField;
  /** The message it stands in, of a request. */
  readonly holder: (request: ReflectMessage) => ReflectMessage;
}

/** Puts every value that cannot be right into every field that is set, one at a time. */
export function* hostileRequests(valid: ValidRequest): Generator<HostileRequest> {
  const { input } = valid.method;
  const template = reflect(input, create(input, valid.request));
  for (const { field, holder } of slotsOf(template, (request) => request)) {
    for (const [what, value] of hostileValues(field)) {
      const request = reflect(input, create(input, valid.request));
      setField(holder(request), field, value);
      yield { field: field.name, what, bytes: toBinary(input, request.message) };
    }
  }
}

function* slotsOf(message: ReflectMessage, holder: Slot["holder"]): Generator<Slot> {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === "message") {
      const inner = (request: ReflectMessage): ReflectMessage => holder(request).get<typeof field>(field);
      yield* slotsOf(message.get(field), inner);
    } else {
      yield { field, holder };
    }
  }
}

function hostileValues(field: DescField): readonly (readonly [what: string, value: unknown])[] {
  if (field.fieldKind === "enum") return [["a number that is not defined", 99]];
  if (field.fieldKind === "map") return hostileMaps();
  if (field.fieldKind !== "scalar") throw new Error(`no hostile values for ${field.name} yet`);
  switch (field.scalar) {
    case ScalarType.STRING:
      return [["a giant text", GIANT]];
    case ScalarType.INT64:
      return [
        ["the least integer", -INT64_MAX - 1n],
        ["a negative amount", -1n],
        ["the first integer a double cannot hold", 2n ** 53n],
        ["the greatest integer", INT64_MAX],
      ];
    case ScalarType.UINT32:
      return [["the greatest integer", 0xffff_ffff]];
    case ScalarType.BOOL:
    case ScalarType.UINT64: // a generation: any of them may be in force
      return [];
    default:
      throw new Error(`no hostile values for ${field.name} yet`);
  }
}

function hostileMaps(): readonly (readonly [what: string, value: Record<string, string>])[] {
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`key-${index}`, "value"]));
  return [
    ["too many entries", many],
    ["a giant key", { [GIANT]: "value" }],
    ["a giant value", { key: GIANT }],
    ["an empty key", { "": "value" }],
  ];
}

function setField(holder: ReflectMessage, field: DescField, value: unknown): void {
  if (field.fieldKind !== "map") return holder.set(field as never, value);
  const entries = holder.get(field);
  entries.clear();
  for (const [key, text] of Object.entries(value as Record<string, string>)) entries.set(key, text);
}

/** The bytes of a well-formed request. */
export function bytesOf({ method, request }: ValidRequest): Uint8Array {
  return toBinary(method.input, create(method.input, request));
}

/** A request without its fields, and every one of them in a form of another type. */
export function* wrongTypes(
  schema: DescMessage,
): Generator<{ readonly field: string; readonly bytes: Uint8Array }> {
  for (const { name, number } of schema.fields) {
    // As a 64-bit value, as a group of bytes that is cut off, and as a number.
    yield { field: name, bytes: Uint8Array.from([(number << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8]) };
    yield { field: name, bytes: Uint8Array.from([(number << 3) | 2, 100, 1]) };
    yield { field: name, bytes: Uint8Array.from([(number << 3) | 0, 0x96, 1]) };
  }
}
