import { readFileSync } from "node:fs";
import { ConfigError } from "./config-error.ts";
import type { ConfigFile } from "./config-sources.ts";

/** Reads a configuration file at start; a ConfigError when it cannot be read. */
export function readConfigFile(path: string): ConfigFile {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    throw new ConfigError([`${path}: ${(error as Error).message}`]);
  }
}
