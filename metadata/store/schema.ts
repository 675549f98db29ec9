/** Marks the file as ours ("HPMD"), so that no other SQLite file is taken for it. */
export const APPLICATION_ID = 0x48504d44;

/**
 * One script per schema version; a file of version n has run the first n of them. Released scripts
 * are never changed, later versions add scripts.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- Made once, when the cluster is.
  CREATE TABLE cluster (
    only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
    cluster_id  TEXT NOT NULL,
    session_key BLOB NOT NULL CHECK (length(session_key) = 32)
  ) STRICT;

  CREATE TABLE nodes (
    node_id           TEXT PRIMARY KEY,
    region            TEXT NOT NULL,
    zone              TEXT NOT NULL,
    address           TEXT NOT NULL,
    address_by_region TEXT NOT NULL, -- JSON object
    boot_id           TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Every generation of every shard. Rows are only added; establish_time_ms is set once.
  CREATE TABLE generations (
    shard_id          INTEGER NOT NULL,
    generation        INTEGER NOT NULL CHECK (generation >= 1),
    incarnation       TEXT NOT NULL,
    home_region       TEXT NOT NULL,
    leader            TEXT NOT NULL REFERENCES nodes,
    ack_set           TEXT NOT NULL, -- JSON array of node ids
    remote            TEXT NOT NULL REFERENCES nodes,
    replicas          TEXT NOT NULL, -- JSON array of node ids
    start_lsn         INTEGER NOT NULL CHECK (start_lsn >= 1),
    change_kind       TEXT NOT NULL CHECK (change_kind IN ('BOOTSTRAP', 'LOSSLESS', 'LOSSY')),
    operation_id      TEXT NOT NULL,
    publish_time_ms   INTEGER NOT NULL,
    establish_time_ms INTEGER,
    PRIMARY KEY (shard_id, generation),
    UNIQUE (shard_id, operation_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE issuers (
    issuer_id   TEXT PRIMARY KEY,
    shard_id    INTEGER NOT NULL,
    home_region TEXT NOT NULL,
    currency    TEXT NOT NULL,
    recorded    INTEGER NOT NULL CHECK (recorded IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- How every operation stands. The unique index is the lock of a shard.
  CREATE TABLE operations (
    operation_id  TEXT PRIMARY KEY,
    shard_id      INTEGER NOT NULL,
    open_time_ms  INTEGER NOT NULL,
    close_time_ms INTEGER,
    state         TEXT NOT NULL -- JSON object, the whole operation
  ) STRICT;
  CREATE UNIQUE INDEX open_operations ON operations (shard_id) WHERE close_time_ms IS NULL;
  `,
];
