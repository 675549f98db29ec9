/** Version of {@link STATE_SCHEMA}; in the file as `user_version`. */
export const STATE_SCHEMA_VERSION = 1;

/**
 * Tables of one shard's derived state. SQLite does not check the contents of its pages, so every
 * row ends with the CRC-32 of its other columns (`checked-table.ts`).
 */
export const STATE_SCHEMA = `
  CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    incarnation BLOB NOT NULL,
    token_hash_key BLOB NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    applied_lsn INTEGER NOT NULL,
    applied_chain BLOB NOT NULL,
    generation INTEGER NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE lineage (
    generation INTEGER PRIMARY KEY,
    start_lsn INTEGER NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE issuer (
    number INTEGER PRIMARY KEY,
    issuer_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    registered_lsn INTEGER NOT NULL,
    limit_minor INTEGER NOT NULL,
    exposure_minor INTEGER NOT NULL,
    last_lsn INTEGER NOT NULL,
    open_count INTEGER NOT NULL,
    settled_count INTEGER NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE reservation_chunk (
    chunk_index INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE token_run (
    number INTEGER PRIMARY KEY,
    slots INTEGER NOT NULL,
    token_count INTEGER NOT NULL,
    time_ms_min INTEGER NOT NULL,
    time_ms_max INTEGER NOT NULL,
    first_lsn INTEGER NOT NULL,
    last_lsn INTEGER NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE token_run_part (
    run INTEGER NOT NULL,
    first_slot INTEGER NOT NULL,
    fingerprints BLOB NOT NULL,
    lsns BLOB NOT NULL,
    crc INTEGER NOT NULL,
    PRIMARY KEY (run, first_slot)
  ) STRICT;
`;
