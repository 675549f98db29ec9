import type { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { type ConfigKey, configKeys } from "./config-keys.ts";
import { type ConfigSources, collectGiven, type Given } from "./config-sources.ts";

/** One setting in force. */
export interface ConfigSetting {
  readonly name: string;
  readonly value: unknown;
  /** "flag --x", "environment X", "file PATH" or "default". */
  readonly origin: string;
}

/** A configuration in force. */
export interface LoadedConfig<T> {
  readonly value: T;
  /** Every setting with where it came from, in the order of the schema. */
  readonly settings: readonly ConfigSetting[];
}

/**
 * Puts a configuration together: flags over environment over file over defaults. Unknown names,
 * wrong types and violated rules of the schema are reported together in one ConfigError.
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  sources: ConfigSources,
): LoadedConfig<z.infer<S>> {
  const keys = configKeys(schema);
  const problems: string[] = [];
  const given = collectGiven(keys, sources, problems);
  const parsed = schema.safeParse(nest(keys, given));
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => describeIssue(issue, given)));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  const settings = keys.map(({ name, path }) => ({
    name,
    value: valueAt(parsed.data, path),
    origin: given.get(name)?.origin ?? "default",
  }));
  return { value: parsed.data, settings };
}

/** The nested object a schema expects; groups are always there, so that the defaults below them apply. */
function nest(keys: readonly ConfigKey[], given: ReadonlyMap<string, Given>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { name, path } of keys) {
    let group = root;
    for (const part of path.slice(0, -1)) group = (group[part] ??= {}) as Record<string, unknown>;
    const entry = given.get(name);
    if (entry !== undefined) group[path[path.length - 1]] = entry.value;
  }
  return root;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce((value, part) => (value as Record<string, unknown> | undefined)?.[part], root);
}

function describeIssue(issue: z.core.$ZodIssue, given: ReadonlyMap<string, Given>): string {
  const name = issue.path.join(".");
  const origin = given.get(name)?.origin;
  const place = origin === undefined ? name : `${name} (${origin})`;
  return place === "" ? issue.message : `${place}: ${issue.message}`;
}
