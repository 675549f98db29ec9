import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { assert } from "../assert.ts";
import { StoreError } from "../errors/store-error.ts";
import type { LogPosition, ShardId } from "../units.ts";
import { readVarint, VARINT_BYTES_MAX, type VarintReader, writeVarint } from "./varint.ts";

/** The write a session token stands for. */
export interface SessionPosition extends LogPosition {
  readonly shardId: ShardId;
}

/** Bytes of the cluster's signing key. */
export const SESSION_KEY_BYTES = 32;

const VERSION = 1;

/** Half of an HMAC-SHA-256: forging one takes 2^128 tries, and the token stays short. */
const TAG_BYTES = 16;

/** Longest text that can be a token: version, three varints, tag, in base64url. */
const TEXT_LENGTH_MAX = Math.ceil(((1 + 3 * VARINT_BYTES_MAX + TAG_BYTES) * 4) / 3);

/**
 * Makes and checks session tokens of one cluster. Format, before base64url without padding:
 * version 1 · shard varint · generation varint · lsn varint · first 16 bytes of
 * HMAC-SHA-256(key, everything before it). One signer per key: the key is prepared once.
 */
export class SessionTokenSigner {
  readonly #key: KeyObject;

  /** @param key 32 secret bytes that all nodes and routers of the cluster share */
  constructor(key: Uint8Array) {
    assert(key.byteLength === SESSION_KEY_BYTES, "a session key has 32 bytes");
    this.#key = createSecretKey(key);
  }

  /** The token of a write. */
  sign(position: SessionPosition): string {
    const bytes = Buffer.allocUnsafe(1 + 3 * VARINT_BYTES_MAX + TAG_BYTES);
    bytes[0] = VERSION;
    let end = writeVarint(bytes, 1, position.shardId);
    end = writeVarint(bytes, end, position.generation);
    end = writeVarint(bytes, end, position.lsn);
    end += this.#tag(bytes.subarray(0, end)).copy(bytes, end, 0, TAG_BYTES);
    return bytes.toString("base64url", 0, end);
  }

  /** The write behind a token; SESSION_TOKEN_INVALID when it was not signed with this key. */
  verify(token: string): SessionPosition {
    const { body, tag } = split(token);
    if (!timingSafeEqual(this.#tag(body).subarray(0, TAG_BYTES), tag)) throw invalid();
    return readPosition(body);
  }

  #tag(body: Uint8Array): Buffer {
    return createHmac("sha256", this.#key).update(body).digest();
  }
}

/**
 * The write a token claims to stand for, for routing only: whoever answers checks the signature.
 * SESSION_TOKEN_INVALID when it cannot be a token at all.
 */
export function peekSessionPosition(token: string): SessionPosition {
  return readPosition(split(token).body);
}

function split(token: string): { readonly body: Buffer; readonly tag: Buffer } {
  if (token.length > TEXT_LENGTH_MAX) throw invalid();
  const bytes = Buffer.from(token, "base64url");
  const bodyLength = bytes.byteLength - TAG_BYTES;
  // The decoder skips foreign characters; a token has exactly one spelling.
  if (bodyLength < 1 || bytes.toString("base64url") !== token) throw invalid();
  return { body: bytes.subarray(0, bodyLength), tag: bytes.subarray(bodyLength) };
}

function readPosition(body: Uint8Array): SessionPosition {
  const reader: VarintReader = { bytes: body, offset: 1 };
  const shardId = readVarint(reader);
  const generation = readVarint(reader);
  const lsn = readVarint(reader);
  const complete = body[0] === VERSION && reader.offset === body.byteLength;
  if (!complete || shardId === undefined || generation === undefined || lsn === undefined) throw invalid();
  return { shardId, generation, lsn };
}

function invalid(): StoreError {
  return new StoreError("SESSION_TOKEN_INVALID", { field: "session_token" });
}
