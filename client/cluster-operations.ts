import { create } from "@bufbuild/protobuf";
import {
  AdminService,
  ListOperationsRequestSchema,
  type Operation,
  SwitchoverRequestSchema,
  type SwitchoverResponse,
} from "../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { EndpointSet } from "./endpoint-set.ts";
import type { RetryingReader } from "./retrying-reader.ts";

/** It crosses to the metadata service and begins; it does not wait for the end. Milliseconds. */
const SWITCHOVER_MS_DEFAULT = 5_000;

/** Asks to hand a shard to another leader. */
export interface SwitchoverInput {
  readonly shardId: number;
  /** Generation that must be in force. */
  readonly expectedGeneration: number;
  /** Node that shall lead; the metadata service chooses when it is left out. */
  readonly targetNodeId?: string;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
}

/** Changes of shards' configurations: how an operator starts one, and how it goes. */
export class ClusterOperations {
  readonly #endpoints: EndpointSet;
  readonly #reader: RetryingReader;

  constructor(endpoints: EndpointSet, reader: RetryingReader) {
    this.#endpoints = endpoints;
    this.#reader = reader;
  }

  /**
   * Begins a switchover; asked once, because a second attempt would meet the first. Rejects with
   * GENERATION_CONFLICT when another generation is in force, with SHARD_FROZEN and the operation's
   * id while another change is open.
   */
  switchover(input: SwitchoverInput, timeoutMs = SWITCHOVER_MS_DEFAULT): Promise<SwitchoverResponse> {
    const { shardId, expectedGeneration, targetNodeId = "", dryRun = false } = input;
    const request = create(SwitchoverRequestSchema, {
      shardId,
      expectedGeneration: BigInt(expectedGeneration),
      targetNodeId,
      dryRun,
    });
    const { method } = AdminService;
    return this.#endpoints.pick().unary(method.switchover, request, timeoutMs, "COMMIT_OUTCOME_UNKNOWN");
  }

  /** The newest operations, newest first. */
  async list(timeoutMs?: number): Promise<Operation[]> {
    const request = create(ListOperationsRequestSchema);
    const { operations } = await this.#reader.ask(AdminService.method.listOperations, request, timeoutMs);
    return operations;
  }

  /** One operation as it stands. Rejects with INVALID_REQUEST when there is none of that id. */
  async get(operationId: string, timeoutMs?: number): Promise<Operation | undefined> {
    const request = create(ListOperationsRequestSchema, { operationId });
    const { operations } = await this.#reader.ask(AdminService.method.listOperations, request, timeoutMs);
    return operations[0];
  }
}
