import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../cli/cluster/free-ports.ts";
import { systemRandom } from "../../common/random.ts";
import type { BenchIssuer } from "../load/bench-issuers.ts";
import { CommandUser } from "./command-user.ts";
import { postgresqlPrograms } from "./postgresql-programs.ts";

const SYSTEM_USER = "postgres";
const DATABASE = "postgres";
const STREAMING_TRIES = 100;
const STREAMING_PAUSE_MS = 200;

/** Servers: one that is written to, one whose sync every commit waits for, one that follows. */
const SERVERS = ["primary", "sync", "async"] as const;
type ServerName = (typeof SERVERS)[number];

/** Memory and log enough that checkpoints do not get in the way of a short run. */
const SETTINGS = `
listen_addresses = ''
max_connections = 200
max_wal_senders = 8
shared_buffers = 512MB
max_wal_size = 8GB
wal_level = replica
hot_standby = on
synchronous_commit = on
`;
/** Of the primary once both standbys stand: a commit that waits for nobody would never end before. */
const SYNC_SETTINGS = "synchronous_standby_names = 'FIRST 1 (sync)'\n";

/** What the tables hold. */
export interface PostgresqlSums {
  /** Rows of decided reserves. */
  readonly recorded: number;
  /** Issuers whose exposure is above the limit, or not the sum of what was approved. */
  readonly wrongIssuers: number;
}

/** PostgreSQL as a peer: primary, synchronous standby and asynchronous standby on this machine. */
export class PostgresqlCluster {
  readonly #programs: string;
  readonly #user: CommandUser;
  readonly #directory: string;
  readonly #ports: ReadonlyMap<ServerName, number>;

  private constructor(programs: string, user: CommandUser, directory: string, ports: readonly number[]) {
    this.#programs = programs;
    this.#user = user;
    this.#directory = directory;
    this.#ports = new Map(SERVERS.map((name, i) => [name, ports[i]]));
  }

  /** Starts the servers in a temporary directory, with the tables and issuers in them. */
  static async start(
    issuers: readonly BenchIssuer[],
    say: (message: string) => void,
  ): Promise<PostgresqlCluster> {
    const programs = postgresqlPrograms(say);
    const user = await CommandUser.other(SYSTEM_USER);
    const directory = mkdtempSync(join(tmpdir(), "harborpoint-peer-"));
    user.own(directory);
    const cluster = new PostgresqlCluster(
      programs,
      user,
      directory,
      await freePorts(SERVERS.length, systemRandom),
    );
    process.once("exit", cluster.#remove);
    try {
      await cluster.#setUp(issuers);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Directory in which programs may leave files. */
  get directory(): string {
    return this.#directory;
  }

  /** Runs one of PostgreSQL's programs against the primary. @returns its output */
  run(program: string, args: readonly string[]): Promise<string> {
    const port = String(this.#port("primary"));
    const target = ["-h", this.#directory, "-p", port, ...args, DATABASE];
    return this.#user.run(join(this.#programs, program), target, this.#directory);
  }

  /** Adds the tables up. */
  async sums(): Promise<PostgresqlSums> {
    const wrong = `select count(*) from issuers left join
      (select issuer_id, sum(amount_minor) as approved_minor from reservations where approved group by issuer_id) sums
      using (issuer_id)
      where exposure_minor > limit_minor or exposure_minor <> coalesce(approved_minor, 0)`;
    const [recorded, wrongIssuers] = await Promise.all([
      this.#query("select count(*) from reservations"),
      this.#query(wrong),
    ]);
    return { recorded: Number(recorded), wrongIssuers: Number(wrongIssuers) };
  }

  /** Stops the servers and removes what they stored. */
  async stop(): Promise<void> {
    for (const name of SERVERS) {
      await this.#control(name, "stop", "-m", "fast").catch(() => undefined); // it may not have come up
    }
    process.off("exit", this.#remove);
    this.#remove();
  }

  readonly #remove = (): void => rmSync(this.#directory, { recursive: true, force: true });

  async #setUp(issuers: readonly BenchIssuer[]): Promise<void> {
    const primary = this.#path("primary");
    await this.#program(
      "initdb",
      "-D",
      primary,
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C",
      "-U",
      SYSTEM_USER,
    );
    this.#configure("primary", SETTINGS);
    await this.#control("primary", "start");
    for (const name of ["sync", "async"] as const) await this.#startStandby(name);
    appendFileSync(join(primary, "postgresql.conf"), SYNC_SETTINGS);
    await this.#control("primary", "reload");
    await this.#awaitStreaming();
    await this.#query(readFileSync(new URL("./reserve.sql", import.meta.url), "utf8"));
    await this.#query(
      `insert into issuers (issuer_id, limit_minor) values ${issuers.map(valuesOf).join(", ")}`,
    );
  }

  async #startStandby(name: "sync" | "async"): Promise<void> {
    const path = this.#path(name);
    mkdirSync(path, { mode: 0o700 });
    this.#user.own(path);
    const source = ["-h", this.#directory, "-p", String(this.#port("primary")), "-U", SYSTEM_USER];
    await this.#program("pg_basebackup", "-D", path, "-X", "stream", "-c", "fast", ...source);
    const connection = `host=${this.#directory} port=${this.#port("primary")} user=${SYSTEM_USER} application_name=${name}`;
    this.#configure(name, `primary_conninfo = '${connection}'\n`);
    appendFileSync(join(path, "standby.signal"), "");
    await this.#control(name, "start");
  }

  async #awaitStreaming(): Promise<void> {
    const states =
      "select string_agg(sync_state, ',' order by sync_state) from pg_stat_replication where state = 'streaming'";
    for (let tries = 0; tries < STREAMING_TRIES; tries++) {
      if ((await this.#query(states)).trim() === "async,sync") return;
      await sleep(STREAMING_PAUSE_MS);
    }
    throw new Error("PostgreSQL's standbys did not begin to stream");
  }

  /** Later settings win over earlier ones. */
  #configure(name: ServerName, settings: string): void {
    const address = `port = ${this.#port(name)}\nunix_socket_directories = '${this.#directory}'\n`;
    appendFileSync(join(this.#path(name), "postgresql.conf"), settings + address);
  }

  #control(name: ServerName, action: string, ...args: readonly string[]): Promise<string> {
    const path = this.#path(name);
    const log = action === "start" ? ["-l", `${path}.log`] : [];
    return this.#program("pg_ctl", "-D", path, "-w", "-s", ...log, ...args, action);
  }

  #program(name: string, ...args: readonly string[]): Promise<string> {
    return this.#user.run(join(this.#programs, name), args, this.#directory);
  }

  #query(sql: string): Promise<string> {
    return this.run("psql", ["-U", SYSTEM_USER, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, "-d"]);
  }

  #path(name: ServerName): string {
    return join(this.#directory, name);
  }

  #port(name: ServerName): number {
    return this.#ports.get(name) ?? 0;
  }
}

function valuesOf({ issuerId, limitMinor }: BenchIssuer): string {
  return `('${issuerId}', ${limitMinor})`;
}
