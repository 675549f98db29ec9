import type { Clock } from "../common/clock.ts";
import { StoreError } from "../common/errors/store-error.ts";
import type { Log } from "../common/log/log.ts";
import type { Change } from "./model/changes.ts";
import type { Moment } from "./model/liveness.ts";
import type { MetadataEngine } from "./model/metadata-engine.ts";
import type { SealCommand } from "./model/operations/operation.ts";
import { isRefusal, type Refusal } from "./model/refusal.ts";
import type { Announcement, Exchanges, MetadataRequest, RequestKind, Step } from "./model/requests.ts";

/** Where changes become durable. */
export interface FactStore {
  /** Returns once the changes survive a crash; throws when that is not certain. */
  persist(changes: readonly Change[]): void;
}

/** Parts of a driver. */
export interface EngineDriverParts {
  readonly engine: MetadataEngine;
  readonly store: FactStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells watchers of the shard map. */
  readonly announce: (announcement: Announcement) => void;
  /** Hears every fact once it is on stable storage. */
  readonly onPersisted: (changes: readonly Change[]) => void;
  /** Asks nodes what operations want to know. */
  readonly perform: (commands: readonly SealCommand[]) => void;
  /** Ends the process: the state in memory is ahead of a disk that failed. */
  readonly giveUp: (error: unknown) => void;
}

/**
 * Runs the engine against disk, clock and watchers.
 * Invariant: whatever an answer or an announcement says is on stable storage.
 */
export class EngineDriver {
  readonly engine: MetadataEngine;
  readonly #parts: EngineDriverParts;
  #failed = false;

  constructor(parts: EngineDriverParts) {
    this.engine = parts.engine;
    this.#parts = parts;
  }

  /** The instant on both clocks. */
  now(): Moment {
    const { clock } = this.#parts;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }

  /** Answers one request. Throws a StoreError when it is refused or the disk failed. */
  handle<K extends RequestKind>(request: MetadataRequest<K>): Exchanges[K]["answer"] {
    if (this.#failed) throw new StoreError("METADATA_UNAVAILABLE");
    const step = this.engine.step(request, this.now());
    if (step.changes.length > 0) this.#persist(step);
    if (step.commands.length > 0) this.#parts.perform(step.commands);
    if (isRefusal(step.answer)) throw storeErrorOf(step.answer);
    return step.answer;
  }

  #persist({ changes, announcement }: Step): void {
    const { store, announce, onPersisted, log, giveUp } = this.#parts;
    try {
      store.persist(changes);
    } catch (cause) {
      this.#failed = true;
      giveUp(cause);
      throw new StoreError("METADATA_UNAVAILABLE", { cause });
    }
    for (const change of changes) logChange(log, change);
    announce(announcement);
    onPersisted(changes);
  }
}

/** The model knows reasons only by name; their status and retry stand in the catalogue. */
function storeErrorOf({ refused, ...details }: Refusal): StoreError {
  return new StoreError(refused, details);
}

function logChange(log: Log, change: Change): void {
  const { kind, ...fields } = change;
  if (kind === "issuer_placed" || kind === "issuer_recorded") log.debug(kind, fields);
  else log.info(kind, fields);
}
