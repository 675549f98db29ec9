import { z } from "zod";

/** What is used of a V8 CPU profile (`.cpuprofile`). */
const cpuProfile = z.looseObject({
  nodes: z.array(
    z.looseObject({
      id: z.number(),
      callFrame: z.looseObject({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  /** Node that was running at each sample. */
  samples: z.array(z.number()),
  /** Microseconds since the sample before. */
  timeDeltas: z.array(z.number()),
});

/** Time a function spent itself, callees not counted. */
export interface FunctionCost {
  /** Name with file and line, such as "decide frame-decider.ts:121". */
  readonly name: string;
  readonly micros: number;
}

/** V8's own entries for time in which no JavaScript ran. */
const IDLE = "(idle)";

/** Where the time of one thread went: its functions, the most expensive first; idle time left out. */
export function functionCosts(text: string): FunctionCost[] {
  const { nodes, samples, timeDeltas } = cpuProfile.parse(JSON.parse(text));
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const costs = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? "(unknown)";
    costs.set(name, (costs.get(name) ?? 0) + timeDeltas[i]);
  });
  costs.delete(IDLE);
  return [...costs].map(([name, micros]) => ({ name, micros })).sort((a, b) => b.micros - a.micros);
}

function nameOf({
  functionName,
  url,
  lineNumber,
}: z.infer<typeof cpuProfile>["nodes"][number]["callFrame"]): string {
  const file = url.slice(url.lastIndexOf("/") + 1);
  const name = functionName === "" ? "(anonymous)" : functionName;
  return file === "" ? name : `${name} ${file}:${lineNumber + 1}`;
}
