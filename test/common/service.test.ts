import t from "tap";
import { type Service, ServiceGroup } from "../../common/service.ts";
import { RecordingLog } from "../support/recording-log.ts";

/** A service that writes what it is asked to do into a shared story. */
function storyteller(story: string[], name: string, changes: Partial<Service> = {}) {
  const tell = (step: string) => async (): Promise<void> => {
    story.push(`${step} ${name}`);
  };
  return { name, run: tell("run"), drain: tell("drain"), stop: tell("stop"), ...changes };
}

const bounds = { drainMs: 20, stopMs: 20 };

t.test("services run in order and leave in reverse", async (t) => {
  const story: string[] = [];
  const { name, run, stop } = storyteller(story, "b");
  const services = [storyteller(story, "a"), { name, run, stop }, storyteller(story, "c")];
  const group = new ServiceGroup("node", services, new RecordingLog(), bounds);
  await group.run();
  await group.drain();
  await group.stop();
  await group.stop();
  t.same(story, ["run a", "run b", "run c", "drain c", "drain a", "stop c", "stop b", "stop a"]);
});

t.test("when one cannot run, those before it and itself are stopped", async (t) => {
  const story: string[] = [];
  const log = new RecordingLog();
  const failing = { run: () => Promise.reject(new Error("port taken")) };
  const services = [storyteller(story, "a"), storyteller(story, "b", failing), storyteller(story, "c")];
  await t.rejects(new ServiceGroup("node", services, log, bounds).run(), { message: "port taken" });
  t.same(story, ["run a", "stop b", "stop a"]);
  t.match(log.lines[0], { event: "service_run_failed", fields: { service: "b" } });
});

t.test("one that hangs or fails does not keep the others from leaving", async (t) => {
  const story: string[] = [];
  const log = new RecordingLog();
  const hanging = { drain: () => new Promise<void>(() => {}), stop: () => new Promise<void>(() => {}) };
  const failing = { stop: () => Promise.reject(new Error("disk")) };
  const services = [
    storyteller(story, "a"),
    storyteller(story, "b", failing),
    storyteller(story, "c", hanging),
  ];
  const group = new ServiceGroup("node", services, log, bounds);
  await group.run();
  await group.drain();
  await group.stop();
  t.same(story.slice(3), ["drain b", "drain a", "stop a"]);
  t.same(log.events.slice(1), [
    "service_drain_timed_out",
    "service_stop_timed_out",
    "service_stop_failed",
    "services_stopped",
  ]);
});
