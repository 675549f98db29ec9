import { parse } from "yaml";
import { type ConfigKey, VARIABLE_PREFIX } from "./config-keys.ts";

/** Where settings come from; each source overrides the ones below it. */
export interface ConfigSources {
  /** Texts by flag, such as {"--wal-segment-bytes-max": "1048576"}. */
  readonly flags?: Readonly<Record<string, string>>;
  /** The environment; only names that start with HARBORPOINT_ are looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A YAML file. */
  readonly file?: ConfigFile;
  /** Variables of ours that are no settings of this schema, such as HARBORPOINT_CONFIG. */
  readonly otherVariables?: readonly string[];
}

/** A configuration file, read. */
export interface ConfigFile {
  /** Its path, for messages and origins. */
  readonly path: string;
  readonly text: string;
}

/** A setting that some source gave, not checked yet. */
export interface Given {
  readonly value: unknown;
  /** "flag --x", "environment X" or "file PATH". */
  readonly origin: string;
}

/** What the sources say about each setting, by its name, the strongest source winning. */
export function collectGiven(
  keys: readonly ConfigKey[],
  sources: ConfigSources,
  problems: string[],
): ReadonlyMap<string, Given> {
  return new Map<string, Given>([
    ...fromFile(keys, sources.file, problems),
    ...fromEnvironment(keys, sources, problems),
    ...fromFlags(keys, sources.flags ?? {}, problems),
  ]);
}

function fromFlags(
  keys: readonly ConfigKey[],
  flags: Readonly<Record<string, string>>,
  problems: string[],
): [string, Given][] {
  return Object.entries(flags).flatMap(([flag, text]) => {
    const key = keys.find((candidate) => candidate.flag === flag);
    if (key === undefined) problems.push(`unknown flag ${flag}`);
    return key === undefined ? [] : [[key.name, { value: valueOf(key, text), origin: `flag ${flag}` }]];
  });
}

function fromEnvironment(
  keys: readonly ConfigKey[],
  sources: ConfigSources,
  problems: string[],
): [string, Given][] {
  return Object.entries(sources.environment ?? {}).flatMap(([variable, text]) => {
    if (text === undefined || !variable.startsWith(VARIABLE_PREFIX)) return [];
    if (sources.otherVariables?.includes(variable)) return [];
    const key = keys.find((candidate) => candidate.variable === variable);
    if (key === undefined) problems.push(`unknown environment variable ${variable}`);
    return key === undefined
      ? []
      : [[key.name, { value: valueOf(key, text), origin: `environment ${variable}` }]];
  });
}

function fromFile(
  keys: readonly ConfigKey[],
  file: ConfigFile | undefined,
  problems: string[],
): [string, Given][] {
  if (file === undefined) return [];
  const origin = `file ${file.path}`;
  const found: [string, Given][] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    const name = path.join(".");
    if (keys.some((key) => key.name === name)) found.push([name, { value, origin }]);
    else if (isGroup(keys, path) && isRecord(value)) {
      for (const [part, inner] of Object.entries(value)) walk(inner, [...path, part]);
    } else if (!isGroup(keys, path) || value !== null)
      problems.push(`${file.path}: ${nameProblem(keys, path)}`);
  };
  walk(parseFile(file, problems), []);
  return found;
}

function parseFile(file: ConfigFile, problems: string[]): unknown {
  try {
    return parse(file.text);
  } catch (error) {
    problems.push(`${file.path}: ${(error as Error).message}`);
    return {};
  }
}

function nameProblem(keys: readonly ConfigKey[], path: readonly string[]): string {
  if (!isGroup(keys, path)) return `unknown key ${path.join(".")}`;
  return path.length === 0 ? "must hold keys and values" : `${path.join(".")} must hold keys and values`;
}

/** Whether settings lie below this path. */
function isGroup(keys: readonly ConfigKey[], path: readonly string[]): boolean {
  return keys.some((key) => key.path.length > path.length && path.every((part, i) => key.path[i] === part));
}

/** A text as the value its setting expects; the text itself when it is not one, so that the schema complains. */
function valueOf(key: ConfigKey, text: string): unknown {
  switch (key.form) {
    case "text":
      return text;
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "yaml":
      return parseYaml(text) ?? text;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
