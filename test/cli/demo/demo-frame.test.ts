import { create } from "@bufbuild/protobuf";
import t from "tap";
import { type DemoFrame, renderFrame, renderLine } from "../../../cli/demo/demo-frame.ts";
import { DemoScreen } from "../../../cli/demo/demo-screen.ts";
import { ShardStatusSchema } from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";

const latency = (p50Ms: number, p99Ms: number) => ({ count: 10, p50Ms, p99Ms, maxMs: p99Ms });

const FRAME: DemoFrame = {
  seconds: 12.4,
  approved: 900,
  declined: 80,
  errors: 2,
  regions: [{ region: "madrid", perSecond: 301.6, home: latency(2, 8.25), crossRegion: latency(95, 130) }],
  shards: [
    create(ShardStatusSchema, {
      config: { shardId: 4, homeRegion: "madrid", leader: "madrid-2", generation: 3n },
      replicas: [
        {
          nodeId: "madrid-2",
          status: { writable: true, committedLsn: 77n, remoteDurableLsn: 70n, remoteLagMs: 48 },
        },
      ],
    }),
    create(ShardStatusSchema, {
      config: { shardId: 5, homeRegion: "new-york", leader: "new-york-1", generation: 1n },
    }),
  ],
};

t.test("the frame shows shards, regions and totals", async (t) => {
  const text = renderFrame(FRAME);
  t.match(text, /4 +madrid +madrid-2 +3 +yes +77 +70 +48/);
  t.match(text, /5 +new-york +new-york-1 +1 +leader silent/);
  t.match(text, /madrid +302 +2\.0 +8\.3 +95\.0 +130\.0/);
  t.match(text, /12 s: 900 approved, 80 declined, 2 errors/);
});

t.test("a log gets one line", async (t) => {
  const line = renderLine(FRAME);
  t.equal(line.split("\n").length, 2);
  t.match(line, /madrid 302\/s home p99 8\.3 ms cross-region p99 130\.0 ms/);
});

t.test("on a terminal a frame is drawn over the one before, elsewhere lines follow each other", async (t) => {
  const written: string[] = [];
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) });
  const screen = new DemoScreen(stream(true));
  screen.show(FRAME);
  screen.show(FRAME);
  t.equal(written[0], renderFrame(FRAME));
  const lines = renderFrame(FRAME).split("\n").length - 1;
  t.equal(written[1], `\x1b[${lines}A\x1b[J${renderFrame(FRAME)}`);
  new DemoScreen(stream(false)).show(FRAME);
  t.equal(written[2], renderLine(FRAME));
});
