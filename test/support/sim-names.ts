import type { SimInode } from "./sim-file.ts";

/** What a name stands for. */
export type SimEntry = SimInode | "directory";

/** One change of a name that is not durable yet; a rename is one change or none. */
export type NameChange = {
  readonly id: number;
  readonly kind: "name";
  readonly directory: string;
  readonly removed: string | undefined;
  readonly added: { readonly path: string; readonly entry: SimEntry } | undefined;
  /** A name changes whole or not at all. */
  readonly pieces: readonly [1];
};

/** The directory tree as a program sees it, as the disk has it, and what lies between. */
export class SimNames {
  readonly visible = new Map<string, SimEntry>();
  readonly durable = new Map<string, SimEntry>();
  pending: NameChange[] = [];

  /** A change that is durable at once. */
  addDurable(path: string, entry: SimEntry): void {
    this.visible.set(path, entry);
    this.durable.set(path, entry);
  }

  change(id: number, removed: string | undefined, added: NameChange["added"]): void {
    const directory = parentOf(added?.path ?? removed ?? "");
    const change: NameChange = { id, kind: "name", directory, removed, added, pieces: [1] };
    apply(this.visible, change);
    this.pending.push(change);
  }

  sync(directory: string): void {
    for (const change of this.pending) if (change.directory === directory) apply(this.durable, change);
    this.pending = this.pending.filter((change) => change.directory !== directory);
  }

  /** Names in a directory, sorted. */
  list(directory: string): string[] {
    const paths = [...this.visible.keys()].filter((path) => path !== "/" && parentOf(path) === directory);
    return paths.map((path) => path.slice(path.lastIndexOf("/") + 1)).toSorted();
  }

  /** The tree after a crash in which some changes came to disk; what has lost its directory is gone. */
  afterCrash(isKept: (change: NameChange) => boolean): Map<string, SimEntry> {
    const names = new Map(this.durable);
    for (const change of this.pending) if (isKept(change)) apply(names, change);
    const hasParents = (path: string): boolean =>
      path === "/" || (names.has(path) && hasParents(parentOf(path)));
    return new Map([...names].filter(([path]) => hasParents(path)));
  }
}

/** The directory a path is in. */
export function parentOf(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

function apply(names: Map<string, SimEntry>, { removed, added }: NameChange): void {
  if (removed !== undefined) names.delete(removed);
  if (added !== undefined) names.set(added.path, added.entry);
}
