/** What a metric is: how it counts, what it means, which labels it has. Never an issuer or a token. */
export interface MetricRow {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

/** 50 µs to 10 s: a local flush at the left end, a failover at the right one. */
const SECONDS_BUCKETS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Every metric this system has. Dashboards and alerts are written against these names. */
export const METRICS = {
  grpc_server_handled_total: {
    kind: "counter",
    help: "Calls finished by the server, by status code.",
    labels: ["grpc_type", "grpc_service", "grpc_method", "grpc_code"],
  },
  grpc_server_handling_seconds: {
    kind: "histogram",
    help: "Time from the start of a call to its status.",
    labels: ["grpc_type", "grpc_service", "grpc_method"],
    buckets: SECONDS_BUCKETS,
  },
  harborpoint_commit_duration_seconds: {
    kind: "histogram",
    help: "Time a frame spends in each stage of the commit path.",
    labels: ["stage"],
    buckets: SECONDS_BUCKETS,
  },
  harborpoint_wal_fsync_duration_seconds: {
    kind: "histogram",
    help: "Time of one flush of a WAL segment.",
    labels: [],
    buckets: SECONDS_BUCKETS,
  },
  harborpoint_group_commit_batch_size: {
    kind: "histogram",
    help: "Records in one WAL frame.",
    labels: [],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192],
  },
  harborpoint_shard_generation: {
    kind: "gauge",
    help: "Generation in which this node acts for the shard.",
    labels: ["shard"],
  },
  harborpoint_shard_writable: {
    kind: "gauge",
    help: "1 when this node leads the shard and takes writes, else 0.",
    labels: ["shard"],
  },
  harborpoint_gate_closed_total: {
    kind: "counter",
    help: "Times the recovery gate of a shard closed.",
    labels: ["reason"],
  },
  harborpoint_remote_proof_age_seconds: {
    kind: "gauge",
    help: "Age of the newest proof that the remote region holds everything committed.",
    labels: ["shard"],
  },
  harborpoint_archive_age_seconds: {
    kind: "gauge",
    help: "Age of the oldest committed record that is not archived yet.",
    labels: ["shard"],
  },
  harborpoint_follower_reads_total: {
    kind: "counter",
    help: "Reads asked of a follower, by what became of them.",
    labels: ["result"],
  },
  harborpoint_cdc_lag_seconds: {
    kind: "gauge",
    help: "Age of the oldest committed change a sink has not confirmed.",
    labels: ["sink"],
  },
  harborpoint_search_lag_seconds: {
    kind: "gauge",
    help: "Age of the oldest committed change the search index does not show.",
    labels: [],
  },
  harborpoint_failovers_total: {
    kind: "counter",
    help: "Operations on the configuration of a shard that are done, by what they were for.",
    labels: ["kind"],
  },
  harborpoint_replication_malformed_total: {
    kind: "counter",
    help: "Messages of a leader's node that were not what they must be; each ended its stream.",
    labels: [],
  },
  harborpoint_problems: {
    kind: "gauge",
    help: "Problems the metadata service knows of.",
    labels: ["severity"],
  },
  harborpoint_nodes_alive: {
    kind: "gauge",
    help: "Nodes that gave a sign of life recently.",
    labels: ["region"],
  },
  harborpoint_shard_map_watchers: {
    kind: "gauge",
    help: "Nodes and routers that watch the shard map.",
    labels: [],
  },
  harborpoint_router_rows_total: {
    kind: "counter",
    help: "Mutations that clients sent to the router, by the way they came.",
    labels: ["via"],
  },
  harborpoint_router_refused_rows_total: {
    kind: "counter",
    help: "Mutations that the router answered without asking a leader.",
    labels: ["reason"],
  },
  harborpoint_router_open_rows: {
    kind: "gauge",
    help: "Mutations sent to leaders and not answered yet.",
    labels: [],
  },
  harborpoint_router_resends_total: {
    kind: "counter",
    help: "Batches sent again after a leader had moved on or a stream had broken.",
    labels: [],
  },
  harborpoint_router_links_lost_total: {
    kind: "counter",
    help: "Streams to nodes that broke or were given up.",
    labels: [],
  },
  harborpoint_router_upstream_duration_seconds: {
    kind: "histogram",
    help: "Time from sending a batch to a leader to its answer.",
    labels: ["hop"],
    buckets: SECONDS_BUCKETS,
  },
  harborpoint_router_reads_total: {
    kind: "counter",
    help: "Reads by the kind of node that answered them.",
    labels: ["served_by"],
  },
  harborpoint_router_metadata_silence_seconds: {
    kind: "gauge",
    help: "Time since the metadata service was last heard of.",
    labels: [],
  },
} as const satisfies Record<string, MetricRow>;

type NameOfKind<Kind extends MetricRow["kind"]> = {
  [Name in keyof typeof METRICS]: (typeof METRICS)[Name]["kind"] extends Kind ? Name : never;
}[keyof typeof METRICS];

export type MetricName = keyof typeof METRICS;
export type CounterName = NameOfKind<"counter">;
export type GaugeName = NameOfKind<"gauge">;
export type HistogramName = NameOfKind<"histogram">;

/** Exactly the labels a metric was declared with. */
export type MetricLabels<Name extends MetricName> = Readonly<
  Record<(typeof METRICS)[Name]["labels"][number], string>
>;
