import type { z } from "zod";
import { type MetadataConfig, metadataConfigSchema } from "../../metadata/config.ts";
import { type NodeConfig, nodeConfigSchema } from "../../node/config.ts";
import { type RouterConfig, routerConfigSchema } from "../../router/config.ts";

/** A process this program can be. */
export interface Role {
  readonly name: string;
  readonly summary: string;
  readonly schema: z.ZodObject;
  /** Runs until a signal; the configuration has passed the schema. */
  readonly run: (config: unknown) => Promise<void>;
}

/** Every role. Its code is loaded when it runs: the others need not even be able to. */
export const ROLES: readonly Role[] = [
  {
    name: "node",
    summary: "run a storage node",
    schema: nodeConfigSchema,
    run: async (config) => (await import("../../node/main.ts")).runNode(config as NodeConfig),
  },
  {
    name: "router",
    summary: "run a regional router",
    schema: routerConfigSchema,
    run: async (config) => (await import("../../router/main.ts")).runRouter(config as RouterConfig),
  },
  {
    name: "metadata",
    summary: "run the metadata service",
    schema: metadataConfigSchema,
    run: async (config) => (await import("../../metadata/main.ts")).runMetadata(config as MetadataConfig),
  },
];
