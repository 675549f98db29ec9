import type { AnyBench } from "./bench.ts";
import { commitPath } from "./commit-path.bench.ts";
import { reserveSdk } from "./reserve-sdk.bench.ts";
import { reserveStream } from "./reserve-stream.bench.ts";
import { reserveUnary } from "./reserve-unary.bench.ts";

/** Every benchmark, in the order in which they are listed. */
export const BENCHES: readonly AnyBench[] = [commitPath, reserveStream, reserveSdk, reserveUnary];
