import t from "tap";
import { WanLink } from "../../../cli/wan/wan-link.ts";
import { WanProcess } from "../../../cli/wan/wan-process.ts";
import { systemClock } from "../../../common/clock.ts";

/** A link that writes down what it is told. */
class RecordingLink extends WanLink {
  readonly told: unknown[] = [];
  override cut(way: unknown): void {
    this.told.push(["cut", way]);
  }
  override stall(way: unknown): void {
    this.told.push(["stall", way]);
  }
  override heal(): void {
    this.told.push(["heal"]);
  }
  override reset(): void {
    this.told.push(["reset"]);
  }
  override reshape(shape: unknown): void {
    this.told.push(["reshape", shape]);
  }
}

const shape = { delayMs: 1, bandwidthBytesPerSecond: 1 };

t.test("orders reach the link they name", async (t) => {
  const link = new RecordingLink("127.0.0.1:1", shape, systemClock);
  const other = new RecordingLink("127.0.0.1:1", shape, systemClock);
  const wan = new WanProcess(
    new Map([
      ["a>b", link],
      ["b>a", other],
    ]),
  );
  wan.obey({ type: "cut", link: "a>b", way: "forward" });
  wan.obey({ type: "stall", link: "a>b", way: "both" });
  wan.obey({ type: "heal", link: "a>b" });
  wan.obey({ type: "reset", link: "a>b" });
  wan.obey({ type: "reshape", link: "a>b", delayMs: 5, bandwidthBytesPerSecond: null });
  t.same(link.told, [
    ["cut", "forward"],
    ["stall", "both"],
    ["heal"],
    ["reset"],
    ["reshape", { delayMs: 5, bandwidthBytesPerSecond: Number.POSITIVE_INFINITY }],
  ]);
  t.same(other.told, []);
});

t.test("an order that is none, or for no link, is refused", async (t) => {
  const wan = new WanProcess(new Map());
  t.throws(() => wan.obey({ type: "heal", link: "nowhere" }), /no link nowhere/);
  t.throws(() => wan.obey({ type: "explode", link: "a>b" }));
});
