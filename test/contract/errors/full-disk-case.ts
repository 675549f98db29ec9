import type { Test } from "tap";
import { reservationHandlers } from "../../../node/rpc/reservation-service.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { ServingShard } from "../../support/node/serving-shard.ts";
import { RawClient } from "../../support/raw-client.ts";
import { tokenAt } from "../../support/token-at.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { refusalOf } from "../call-status.ts";
import type { ErrorCase } from "./error-case.ts";

/** A node's own services over a shard whose disk the test fills by word: filling a real one takes root. */
export function fullDiskCase(t: Test): ErrorCase {
  return {
    reason: "STORAGE_FULL",
    when: "the leader's disk is nearly full",
    provoke: async () => {
      const serving = await ServingShard.start(t);
      const handlers = reservationHandlers(() => serving.node);
      const server = await new TestRpcServer().serving(ReservationService, handlers).start();
      const client = new RawClient(server.address);
      t.teardown(async () => {
        client.close();
        await server.server.stop(100);
      });
      serving.shard.host.deliver({ type: "disk_space", full: true });
      const reservationToken = tokenAt(serving.shard.time.wallMs());
      const request = { reservationToken, issuerId: "X", amountMinor: 1n };
      return refusalOf(client.call(ReservationService.method.reserve, request));
    },
  };
}
