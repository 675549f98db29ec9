import { CommanderError } from "commander";
import t from "tap";
import { BENCHES } from "../../bench/bench-catalog.ts";
import { buildBenchProgram } from "../../bench/program.ts";

/** Parses arguments of which nothing is run, and quietly. */
async function errorOf(...args: string[]): Promise<unknown> {
  const program = buildBenchProgram();
  for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: () => {} });
  return program.parseAsync(args, { from: "user" }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

t.test("every bench has a name of its own and asks a question", async (t) => {
  t.equal(new Set(BENCHES.map(({ name }) => name)).size, BENCHES.length);
  for (const { name, question } of BENCHES) {
    t.match(name, /^[a-z]+(-[a-z]+)*$/);
    t.match(question, /\?$/, name);
  }
});

t.test("wrong flags are refused before anything runs", async (t) => {
  const wrong = [
    ["no-such-bench"],
    ["commit-path", "--seconds", "0"],
    ["commit-path", "--seconds", "soon"],
    ["commit-path", "--batch-sizes", "1,8193"],
    ["commit-path", "--issuers", "random"],
    ["commit-path", "--slo", "p99=20ms"],
    ["reserve-stream", "--slo", "fast"],
    ["reserve-stream", "--shards", "0"],
    ["compare", "a.json"],
  ];
  for (const args of wrong) t.type(await errorOf(...args), CommanderError, args.join(" "));
});
