import { EventEmitter } from "node:events";
import t from "tap";
import { EXIT_BROKEN_INVARIANT, exitOnUnhandled, runUntilSignal } from "../../common/process-life.ts";
import type { Service } from "../../common/service.ts";
import { childScript } from "../support/child-script.ts";
import { RecordingLog } from "../support/recording-log.ts";

/** A process that writes its exit codes down instead of exiting. */
class FakeProcess extends EventEmitter {
  readonly exitCodes: number[] = [];

  exit(code: number): never {
    this.exitCodes.push(code);
    return undefined as never;
  }
}

function quietService(changes: Partial<Service> = {}): Service {
  return { name: "quiet", run: async () => {}, stop: async () => {}, ...changes };
}

t.test("what nobody handled ends the process with its own code and a line", async (t) => {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    const process = new FakeProcess();
    const log = new RecordingLog();
    exitOnUnhandled(process, log);
    process.emit(event, new Error("exposure is negative"));
    t.same(process.exitCodes, [EXIT_BROKEN_INVARIANT]);
    t.match(log.lines, [{ level: "fatal", event: "invariant_broken", fields: { source: event } }]);
  }
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  t.test(`${signal} drains, stops and gives the signals back`, async (t) => {
    const process = new FakeProcess();
    const story: string[] = [];
    const service = quietService({
      run: async () => void story.push("run"),
      drain: async () => void story.push("drain"),
      stop: async () => void story.push("stop"),
    });
    const life = runUntilSignal(service, process, new RecordingLog());
    process.emit(signal, signal);
    await life;
    t.same(story, ["run", "drain", "stop"]);
    t.same(process.exitCodes, []);
    t.equal(process.listenerCount(signal), 0);
  });
}

t.test("a second signal does not wait", async (t) => {
  const process = new FakeProcess();
  const drained = Promise.withResolvers<void>();
  const life = runUntilSignal(quietService({ drain: () => drained.promise }), process, new RecordingLog());
  process.emit("SIGINT", "SIGINT");
  process.emit("SIGINT", "SIGINT");
  t.same(process.exitCodes, [1]);
  drained.resolve();
  await life;
});

t.test("a service that cannot run is the caller's error", async (t) => {
  const process = new FakeProcess();
  const service = quietService({ run: () => Promise.reject(new Error("port taken")) });
  await t.rejects(runUntilSignal(service, process, new RecordingLog()), { message: "port taken" });
  t.equal(process.listenerCount("SIGTERM"), 0);
});

t.test("a real process exits 70 and says why in one JSON line", async (t) => {
  const root = new URL("../../common/", import.meta.url).href;
  const { end } = childScript(`
    import { assert } from "${root}assert.ts";
    import { createLog } from "${root}log/pino-log.ts";
    import { exitOnUnhandled } from "${root}process-life.ts";
    exitOnUnhandled(process, createLog({ level: "info", fields: { role: "node" } }));
    setTimeout(() => assert(false, "exposure is negative"), 1);
    setInterval(() => {}, 1000);
  `);
  const { code, output } = await end;
  t.equal(code, EXIT_BROKEN_INVARIANT);
  t.match(JSON.parse(output), {
    level: "fatal",
    event: "invariant_broken",
    role: "node",
    error: { type: "InvariantViolation", message: "exposure is negative" },
  });
});
