import t from "tap";
import { Turn } from "../../../node/runtime/turn.ts";
import { ManualTime } from "../../support/manual-time.ts";

function recorded() {
  const time = new ManualTime();
  const done: string[] = [];
  const note = (name: string) => () => void done.push(name);
  return { time, done, note, turn: new Turn((task) => time.endOfTurn(task)) };
}

t.test("flushes of a turn run before anything is sent", async (t) => {
  const { time, done, note, turn } = recorded();
  turn.atSend(note("send 1"));
  turn.atFlush(note("flush 1"));
  turn.atFlush(note("flush 2"));
  turn.atSend(note("send 2"));
  t.same(done, []);
  time.endTurn();
  t.same(done, ["flush 1", "flush 2", "send 1", "send 2"]);
});

t.test("what a flush wants to send leaves in the same turn", async (t) => {
  const { time, done, note, turn } = recorded();
  turn.atFlush(() => turn.atSend(note("send")));
  time.endTurn();
  t.same(done, ["send"]);
});

t.test("what a flush or a send leads to later waits for the next turn", async (t) => {
  const { time, done, note, turn } = recorded();
  turn.atFlush(() => turn.atFlush(note("later flush")));
  turn.atSend(() => turn.atSend(note("later send")));
  time.endTurn();
  t.same(done, []);
  time.endTurn();
  t.same(done, ["later flush", "later send"]);
});
