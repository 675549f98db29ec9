import type { DescMethod } from "@bufbuild/protobuf";
import type { GrpcCodeName } from "../errors/grpc-code.ts";
import type { CallObserver } from "../rpc/call-observer.ts";
import type { CounterSeries, HistogramSeries, Metrics } from "./metrics.ts";

/** The series of one method, bound once. */
interface MethodSeries {
  readonly seconds: HistogramSeries;
  readonly handledByCode: Map<GrpcCodeName, CounterSeries>;
}

/** Counts finished calls under the names that gRPC dashboards expect. */
export class GrpcCallMetrics implements CallObserver {
  readonly #metrics: Metrics;
  readonly #series = new Map<DescMethod, MethodSeries>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  callHandled(method: DescMethod, code: GrpcCodeName, seconds: number): void {
    const series = this.#seriesOf(method);
    series.seconds.observe(seconds);
    let handled = series.handledByCode.get(code);
    if (handled === undefined) {
      handled = this.#metrics.counter("grpc_server_handled_total", { ...labelsOf(method), grpc_code: code });
      series.handledByCode.set(code, handled);
    }
    handled.inc();
  }

  #seriesOf(method: DescMethod): MethodSeries {
    const known = this.#series.get(method);
    if (known !== undefined) return known;
    const seconds = this.#metrics.histogram("grpc_server_handling_seconds", labelsOf(method));
    const series = { seconds, handledByCode: new Map<GrpcCodeName, CounterSeries>() };
    this.#series.set(method, series);
    return series;
  }
}

/** Kinds of calls as gRPC dashboards spell them. */
const GRPC_TYPES: Readonly<Record<DescMethod["methodKind"], string>> = {
  unary: "unary",
  client_streaming: "client_stream",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
};

function labelsOf(method: DescMethod) {
  return {
    grpc_type: GRPC_TYPES[method.methodKind],
    grpc_service: method.parent.typeName,
    grpc_method: method.name,
  };
}
