import { z } from "zod";

const link = z.string();
const way = z.enum(["forward", "backward", "both"]);
const shape = {
  delayMs: z.number().nonnegative(),
  /** null: no limit (JSON knows no infinity). */
  bandwidthBytesPerSecond: z.number().positive().nullable(),
};

/** What the WAN process is told over its IPC channel. `link` names one link. */
export const wanOrder = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("cut"), link, way }),
  z.strictObject({ type: z.literal("stall"), link, way }),
  z.strictObject({ type: z.literal("heal"), link }),
  z.strictObject({ type: z.literal("reset"), link }),
  z.strictObject({ type: z.literal("reshape"), link, ...shape }),
]);

export type WanOrder = z.infer<typeof wanOrder>;

/** The links a WAN process keeps, by name. */
export const wanLinks = z.record(link, z.strictObject({ listen: z.string(), target: z.string() }));
