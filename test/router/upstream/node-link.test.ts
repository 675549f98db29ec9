import { create } from "@bufbuild/protobuf";
import t from "tap";
import { Backoff } from "../../../common/backoff.ts";
import { seededRandom } from "../../../common/random.ts";
import type { RpcChannel } from "../../../common/rpc/channel.ts";
import type { ResponseReceiver } from "../../../common/rpc/response-stream.ts";
import {
  type ReserveStreamRequest,
  type ReserveStreamResponse,
  ReserveStreamResponseSchema,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { LinkAnswer } from "../../../router/upstream/link-answer.ts";
import { NodeLink } from "../../../router/upstream/node-link.ts";
import { answerOf, reserves, summaryOf } from "../../support/mutation-rows.ts";
import { RecordingLog } from "../../support/recording-log.ts";

/** A stream as the link opened it. */
type FakeStream = {
  readonly receiver: ResponseReceiver<ReserveStreamResponse>;
  readonly written: ReserveStreamRequest[];
  isCancelled: boolean;
};

/** A link over a channel that the test plays; time stands until it is moved. */
class LinkBench {
  readonly streams: FakeStream[] = [];
  readonly log = new RecordingLog();
  readonly answers: LinkAnswer[] = [];
  readonly link: NodeLink;
  nowMs = 1000;
  isReachable = true;
  rebuilds = 0;
  lost = 0;
  changes = 0;

  constructor(rowsMax = 100) {
    const listener = { linkLost: () => this.lost++, linkChanged: () => this.changes++ };
    this.link = new NodeLink({
      nodeId: "n1",
      slot: 0,
      channel: this.#channel(),
      region: "madrid",
      limits: { rowsMax, bytesMax: 1 << 20 },
      listener,
      clock: { monotonicMs: () => this.nowMs, wallMs: () => 0 },
      backoff: new Backoff({ minMs: 100, maxMs: 400 }, seededRandom(1)),
      log: this.log,
    });
  }

  /** Lets a tick happen after some time, and what it started. */
  async tick(afterMs = 0): Promise<void> {
    this.nowMs += afterMs;
    this.link.tick(this.nowMs);
    await new Promise(setImmediate);
  }

  send(rows: number, timeoutMs = 500): void {
    const batch = reserves(Array.from({ length: rows }, () => "issuer"));
    this.link.send({ shardId: 1, generation: 1, batch, timeoutMs }, (answer) => this.answers.push(answer));
  }

  /** Answers a request of a stream with one approval per row. */
  answer(stream: FakeStream, request: ReserveStreamRequest): void {
    const rowCount = request.encoding.case === "packed" ? request.encoding.value.rows.byteLength / 64 : 0;
    const { rows } = answerOf(Array.from({ length: rowCount }, (_, row) => ({ lsn: row + 1 })));
    const encoding = { case: "packed" as const, value: { rows } };
    stream.receiver.onMessage(create(ReserveStreamResponseSchema, { batchId: request.batchId, encoding }));
  }

  #channel(): RpcChannel {
    const open = (_method: unknown, receiver: ResponseReceiver<ReserveStreamResponse>) => {
      const stream: FakeStream = { receiver, written: [], isCancelled: false };
      this.streams.push(stream);
      return {
        outstandingBytes: 0,
        write: (request: ReserveStreamRequest) => stream.written.push(request),
        cancel: () => {
          stream.isCancelled = true;
        },
      };
    };
    const channel = {
      ready: async () => this.isReachable,
      bidi: open,
      rebuild: () => this.rebuilds++,
      close: () => {},
    };
    return channel as unknown as RpcChannel;
  }
}

t.test("a link connects, sends and hands answers on", async (t) => {
  const bench = new LinkBench();
  t.equal(bench.link.state(1), "pending");
  await bench.tick();
  t.equal(bench.link.state(1), "ready");
  t.equal(bench.changes, 1, "whoever was turned away hears of it");
  bench.send(2);
  bench.send(1);
  t.equal(bench.link.openRows, 3);
  const [stream] = bench.streams;
  t.match(stream.written, [{ shardId: 1, generation: 1n, region: "madrid", timeoutMs: 500 }, { shardId: 1 }]);
  bench.answer(stream, stream.written[1]);
  bench.answer(stream, stream.written[0]);
  t.same(
    bench.answers.map(({ results }) => summaryOf(results)),
    [[1], [1, 2]],
  );
  t.equal(bench.link.openRows, 0);
});

t.test("a node that cannot be reached is down until an attempt succeeds", async (t) => {
  const bench = new LinkBench();
  bench.isReachable = false;
  await bench.tick();
  t.equal(bench.link.state(1), "down");
  bench.isReachable = true;
  await bench.tick(10);
  t.equal(bench.link.state(1), "down", "the next attempt comes after a pause");
  await bench.tick(100);
  t.equal(bench.link.state(1), "ready");
});

t.test("a stream that broke is opened again, and its batches are lost", async (t) => {
  const bench = new LinkBench();
  await bench.tick();
  bench.send(3);
  bench.streams[0].receiver.onClose(undefined);
  t.equal(bench.lost, 1);
  t.equal(bench.link.openRows, 0);
  t.equal(bench.link.state(1), "pending");
  await bench.tick(100);
  t.equal(bench.link.state(1), "ready");
  t.equal(bench.streams.length, 2);
});

t.test("a node that owes an answer", async (t) => {
  await t.test("gets nothing more until it is heard of", async (t) => {
    const bench = new LinkBench();
    await bench.tick();
    bench.send(1, 500);
    bench.send(1, 5000);
    await bench.tick(499);
    t.equal(bench.link.state(1), "ready");
    await bench.tick(1);
    t.equal(bench.link.state(1), "pending");
    const [stream] = bench.streams;
    bench.answer(stream, stream.written[1]);
    t.equal(bench.link.state(1), "ready");
    t.equal(bench.changes, 1);
  });

  await t.test("and stays silent is dialled anew after two seconds", async (t) => {
    const bench = new LinkBench();
    await bench.tick();
    bench.send(1, 500);
    await bench.tick(2500);
    t.equal(bench.lost, 0);
    await bench.tick(1);
    t.equal(bench.lost, 1);
    t.ok(bench.streams[0].isCancelled);
    t.equal(bench.rebuilds, 1);
    t.ok(bench.log.events.includes("node_silent"));
  });

  await t.test("but answers others is dialled anew after ten", async (t) => {
    const bench = new LinkBench();
    await bench.tick();
    bench.send(1, 500);
    for (let second = 0; second < 10; second++) {
      await bench.tick(1000);
      bench.send(1, 60_000);
      const [stream] = bench.streams;
      bench.answer(stream, stream.written[stream.written.length - 1]);
    }
    t.equal(bench.lost, 0);
    await bench.tick(1000);
    t.equal(bench.lost, 1);
  });
});

t.test("what a stream delivers after it was given up is ignored", async (t) => {
  const bench = new LinkBench();
  await bench.tick();
  bench.send(1, 500);
  await bench.tick(2501);
  await bench.tick(100);
  t.equal(bench.streams.length, 2);
  const [old] = bench.streams;
  bench.answer(old, old.written[0]);
  old.receiver.onClose(undefined);
  t.same(bench.answers, []);
  t.equal(bench.lost, 1);
  t.equal(bench.link.state(1), "ready", "the new stream is not touched");
});

t.test("an answer that fits no batch, or not its batch, breaks the stream", async (t) => {
  const packed = (rows: Uint8Array) => ({ encoding: { case: "packed" as const, value: { rows } } });
  for (const wrong of [
    { batchId: 99n, ...packed(new Uint8Array(40)) },
    { batchId: 1n, ...packed(new Uint8Array(80)) },
  ]) {
    const bench = new LinkBench();
    await bench.tick();
    bench.send(1);
    bench.streams[0].receiver.onMessage(create(ReserveStreamResponseSchema, wrong));
    t.equal(bench.lost, 1);
    t.ok(bench.log.events.includes("node_answer_malformed"));
  }
});

t.test("a link carries so many rows, or one batch that is larger", async (t) => {
  const bench = new LinkBench(3);
  await bench.tick();
  t.equal(bench.link.state(4), "ready", "nothing else is open");
  bench.send(2);
  t.equal(bench.link.state(1), "ready");
  t.equal(bench.link.state(2), "full");
});

t.test("a closed link stays closed", async (t) => {
  const bench = new LinkBench();
  await bench.tick();
  bench.link.close();
  bench.streams[0].receiver.onClose(undefined);
  await bench.tick(10_000);
  t.equal(bench.streams.length, 1);
  t.equal(bench.lost, 0);
});
