import t from "tap";
import { AppendBacklog } from "../../../node/runtime/append-backlog.ts";

function backlogOf(roomBytes: number) {
  const started: string[] = [];
  const state = { roomBytes };
  const backlog = new AppendBacklog((_shardId, bytes) => bytes <= state.roomBytes);
  const add = (name: string, bytes: number): void => {
    backlog.add(1, bytes, () => {
      state.roomBytes -= bytes;
      started.push(name);
    });
  };
  return { backlog, state, started, add };
}

t.test("an append starts at once while there is room", async (t) => {
  const { backlog, started, add } = backlogOf(10);
  add("a", 4);
  add("b", 6);
  t.same(started, ["a", "b"]);
  t.ok(backlog.isEmpty);
});

t.test("what finds no room waits, and so does all that comes after it", async (t) => {
  const { backlog, state, started, add } = backlogOf(10);
  add("a", 8);
  add("b", 4);
  add("c", 1);
  t.same(started, ["a"]);
  t.notOk(backlog.isEmpty);
  state.roomBytes += 1;
  backlog.onRoom();
  t.same(started, ["a"], "not room enough for the next in line");
  state.roomBytes += 4;
  backlog.onRoom();
  t.same(started, ["a", "b", "c"]);
  t.ok(backlog.isEmpty);
});
