import t from "tap";
import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../../common/errors/store-error.ts";
import { seededRandom } from "../../../common/random.ts";
import type { ResponseReceiver } from "../../../common/rpc/response-stream.ts";
import { ShardMapWatch } from "../../../node/runtime/shard-map-watch.ts";
import {
  type WatchShardMapResponse,
  WatchShardMapResponseSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ManualTime } from "../../support/manual-time.ts";
import { FakeClientStream } from "../../support/node/fake-streams.ts";
import { RecordingLog } from "../../support/recording-log.ts";

function running() {
  const time = new ManualTime();
  const log = new RecordingLog();
  const receivers: ResponseReceiver<WatchShardMapResponse>[] = [];
  const streams: FakeClientStream<never>[] = [];
  const news: WatchShardMapResponse[] = [];
  let reconnects = 0;
  const watch = new ShardMapWatch({
    nodeId: "a",
    client: {
      watchShardMap: (_watcherId, receiver) => {
        receivers.push(receiver);
        const stream = new FakeClientStream<never>();
        streams.push(stream);
        return stream;
      },
      reconnect: () => void reconnects++,
    },
    clock: time,
    timers: time,
    random: seededRandom(1),
    log,
    onNews: (message) => news.push(message),
  });
  watch.start();
  const say = (stream = receivers.length - 1) =>
    receivers[stream].onMessage(create(WatchShardMapResponseSchema));
  return { time, log, receivers, streams, news, watch, say, reconnectCount: () => reconnects };
}

t.test("what the watch brings is passed on", async (t) => {
  const { receivers, news, say } = running();
  t.equal(receivers.length, 1);
  say();
  say();
  t.equal(news.length, 2);
});

t.test("a watch that falls silent is begun anew over a fresh connection", async (t) => {
  const { time, log, receivers, streams, news, say, reconnectCount } = running();
  say();
  time.advance(3_000);
  t.equal(receivers.length, 1);
  time.advance(1_000);
  t.equal(receivers.length, 2);
  t.ok(streams[0].closed);
  t.equal(reconnectCount(), 1);
  t.match(log.lines, [{ event: "shard_map_watch_lost", fields: { cause: "silent" } }]);
  say(0);
  t.equal(news.length, 1, "the old one is not listened to any more");
});

t.test("a watch that ended is begun anew after a pause that grows", async (t) => {
  const { time, receivers } = running();
  for (let i = 0; i < 50; i++) {
    receivers[receivers.length - 1].onClose(new StoreError("METADATA_UNAVAILABLE"));
    time.advance(250);
  }
  t.ok(receivers.length > 4 && receivers.length < 20, `${receivers.length} attempts in 12.5 s`);
});

t.test("a node that leaves watches no more", async (t) => {
  const { time, receivers, streams, watch } = running();
  watch.stop();
  t.ok(streams[0].closed);
  time.advance(60_000);
  t.equal(receivers.length, 1);
});
