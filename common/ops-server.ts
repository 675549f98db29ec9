import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "./log/log.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Readiness } from "./readiness.ts";

/** Serves more paths on the operations port. @returns false, with nothing done, when the path is not its own */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What the operations port shows. */
export interface OpsServerParts {
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly log: Log;
}

/** Scrapers, probes, people with curl and a console: more connections than that are not operations. */
const CONNECTIONS_MAX = 256;

/** A request whose headers or body take longer than this is cut off. */
const REQUEST_TIMEOUT_MS = 10_000;

const TEXT = "text/plain; charset=utf-8";

/**
 * The HTTP operations port of a role: `/metrics`, `/livez`, `/readyz` (with `?verbose`), and whatever
 * handlers are added. 503 on `/readyz` while a check has a problem; each one is named when verbose.
 */
export class OpsServer {
  readonly #parts: OpsServerParts;
  readonly #handlers: readonly RequestHandler[];
  readonly #server: Server;

  constructor(parts: OpsServerParts, handlers: readonly RequestHandler[] = []) {
    this.#parts = parts;
    this.#handlers = handlers;
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on("request", (request, response) => this.#answer(request, response));
  }

  /** Listens on host and port (0: any free one). @returns the port */
  start(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Closes the port and every connection. */
  async stop(): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [path, query] = (request.url ?? "").split("?", 2);
    switch (path) {
      case "/metrics":
        void this.#sendMetrics(response);
        return;
      case "/livez":
        send(response, 200, TEXT, "ok\n");
        return;
      case "/readyz":
        this.#sendReadiness(response, new URLSearchParams(query).has("verbose"));
        return;
      default:
        if (!this.#handlers.some((handler) => handler(request, response))) {
          send(response, 404, TEXT, "not found\n");
        }
    }
  }

  async #sendMetrics(response: ServerResponse): Promise<void> {
    const { metrics, log } = this.#parts;
    try {
      send(response, 200, metrics.contentType, await metrics.exposition());
    } catch (error) {
      log.error("metrics_failed", { error });
      send(response, 500, TEXT, "metrics failed\n");
    }
  }

  #sendReadiness(response: ServerResponse, verbose: boolean): void {
    const results = this.#parts.readiness.results();
    const ready = results.every(({ problem }) => problem === undefined);
    const lines = results.map(({ name, problem }) =>
      problem === undefined ? `[+] ${name} ok\n` : `[-] ${name}: ${problem}\n`,
    );
    const verdict = ready ? "ready\n" : "not ready\n";
    send(response, ready ? 200 : 503, TEXT, verbose ? lines.join("") + verdict : verdict);
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" }).end(body);
}
