import { type Command, Option } from "commander";
import { readConfigFile } from "../../common/config/config-file.ts";
import { configKeys } from "../../common/config/config-keys.ts";
import { type LoadedConfig, loadConfig } from "../../common/config/load-config.ts";
import { ENDPOINT_VARIABLE } from "../cluster-options.ts";
import type { Role } from "./role-catalog.ts";

/** Environment variable with the path of the configuration file. */
const CONFIG_VARIABLE = "HARBORPOINT_CONFIG";

/** Adds `--config` and a flag for every setting of the role. */
export function withRoleOptions(command: Command, role: Role): Command {
  command.addOption(new Option("--config <file>", "YAML file with settings").env(CONFIG_VARIABLE));
  for (const { flag, variable, description } of configKeys(role.schema)) {
    // The loader reads the environment itself; a repeated flag is a list.
    command.option(`${flag} <value>`, `${description} [${variable}]`, (text: string, before?: string) =>
      before === undefined ? text : `${before},${text}`,
    );
  }
  return command;
}

/** The role's configuration from flags, environment, file and defaults; throws ConfigError. */
export function roleConfig(command: Command, role: Role): LoadedConfig<unknown> {
  const options = command.opts<Record<string, string | undefined>>();
  const settings = new Set(configKeys(role.schema).map(({ flag }) => flag));
  const flags: Record<string, string> = {};
  for (const option of command.options) {
    const text = options[option.attributeName()];
    if (settings.has(option.long ?? "") && text !== undefined) flags[option.long ?? ""] = text;
  }
  return loadConfig(role.schema, {
    flags,
    environment: process.env,
    ...(options.config !== undefined && { file: readConfigFile(options.config) }),
    otherVariables: [CONFIG_VARIABLE, ENDPOINT_VARIABLE],
  });
}
