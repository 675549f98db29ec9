import t from "tap";
import { createLog } from "../../../common/log/pino-log.ts";

function capture(): { lines: string[]; destination: { write(line: string): void } } {
  const lines: string[] = [];
  return { lines, destination: { write: (line) => lines.push(line) } };
}

t.test("a line is one JSON object with time, level, event and fields", async (t) => {
  const { lines, destination } = capture();
  createLog({ level: "info", fields: { role: "node" }, destination })
    .child({ shard: 5 })
    .warn("gate_closed", { remoteLagMs: 5100 });
  t.equal(lines.length, 1);
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  t.same(rest, { level: "warn", role: "node", shard: 5, event: "gate_closed", remoteLagMs: 5100 });
  t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

t.test("the level decides what is written", async (t) => {
  const { lines, destination } = capture();
  const log = createLog({ level: "error", destination });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  log.fatal("e");
  t.same(
    lines.map((line) => JSON.parse(line).event),
    ["d", "e"],
  );
});

t.test("an error is written with its stack and its causes", async (t) => {
  const { lines, destination } = capture();
  const error = new Error("outer", { cause: new Error("inner") });
  createLog({ level: "info", destination }).error("failed", { error });
  const written = JSON.parse(lines[0] ?? "");
  t.match(written.error, { message: "outer", stack: /outer/, cause: { message: "inner" } });
});
