import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { Reason } from "../errors/catalog.ts";
import { StoreError } from "../errors/store-error.ts";

/** Turns one kind of message into bytes and back. Hot messages may bring their own. */
export interface Codec<T> {
  /** Serializes a message; the bytes belong to the transport until the write is confirmed. */
  encode(message: T): Uint8Array;
  /**
   * Parses a message; the result may keep views into `bytes`, which may start at any address.
   * Throws on malformed input.
   */
  decode(bytes: Uint8Array): T;
}

const protobufCodecs = new WeakMap<DescMessage, Codec<never>>();

/** The codec of a method's messages when none is given; made once per schema. */
export function protobufCodec<Desc extends DescMessage>(schema: Desc): Codec<MessageShape<Desc>> {
  const known = protobufCodecs.get(schema) as Codec<MessageShape<Desc>> | undefined;
  if (known !== undefined) return known;
  const codec: Codec<MessageShape<Desc>> = {
    encode: (message) => toBinary(schema, message),
    decode: (bytes) => fromBinary(schema, bytes),
  };
  protobufCodecs.set(schema, codec as unknown as Codec<never>);
  return codec;
}

/** The same bytes as a Buffer, which is what the gRPC library copies from; no copy is made here. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The same bytes as a plain Uint8Array. The library hands out Buffers, and views that a decoder
 * keeps into them would be Buffers too, whose `slice` does not copy.
 */
function asPlainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Parses a request; INVALID_REQUEST when the bytes are not a message of the expected type. */
export function decodeRequest<T>(codec: Codec<T>, buffer: Buffer): T {
  try {
    return codec.decode(asPlainBytes(buffer));
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError("INVALID_REQUEST", {
      message: "the request is not a valid message of its type",
      cause,
    });
  }
}

/** Parses an answer; the given reason when the bytes are not a message of the expected type. */
export function decodeAnswer<T>(codec: Codec<T>, buffer: Buffer, foreignReason: Reason): T {
  try {
    return codec.decode(asPlainBytes(buffer));
  } catch (cause) {
    throw new StoreError(foreignReason, { message: "the answer is not a valid message of its type", cause });
  }
}
