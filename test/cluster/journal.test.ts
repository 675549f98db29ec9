import t from "tap";
import { JOURNAL_KEY, REPLAY_MS_MAX, replayExample } from "../support/journal-example.ts";

t.setTimeout(REPLAY_MS_MAX);

t.test(
  "a journal of twenty thousand lines is answered like its key",
  { timeout: REPLAY_MS_MAX },
  async (t) => {
    t.same(await replayExample(t), JOURNAL_KEY);
  },
);
