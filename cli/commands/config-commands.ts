import { type Command, Option } from "commander";
import type { ConfigSetting } from "../../common/config/load-config.ts";
import { type Column, listing, OUTPUT_FORMATS, type OutputFormat } from "../output/listing.ts";
import { render } from "../output/render.ts";
import { ROLES } from "../roles/role-catalog.ts";
import { roleConfig, withRoleOptions } from "../roles/role-options.ts";

const COLUMNS: readonly Column<ConfigSetting>[] = [
  { heading: "SETTING", text: ({ name }) => name },
  {
    heading: "VALUE",
    text: ({ value }) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "")),
  },
];

const ORIGIN: Column<ConfigSetting> = { heading: "ORIGIN", text: ({ origin }) => origin };

/** `harborpoint config print <role>`: the settings a role would run with, and where they come from. */
export function addConfigCommands(program: Command): void {
  const config = program.command("config").summary("look at settings");
  const print = config.command("print").summary("print the settings a role would run with");
  for (const role of ROLES) {
    const command = withRoleOptions(print.command(role.name).summary(`settings of: ${role.summary}`), role)
      .option("--show-origin", "say where each setting comes from")
      .addOption(
        new Option("-o, --output <format>", "how to print").choices(OUTPUT_FORMATS).default("table"),
      );
    command.action(({ output, showOrigin }: { output: OutputFormat; showOrigin?: true }) => {
      const { settings } = roleConfig(command, role);
      const columns = showOrigin ? [...COLUMNS, ORIGIN] : COLUMNS;
      const data = settings.map(({ name, value, origin }) => ({
        name,
        value,
        ...(showOrigin && { origin }),
      }));
      process.stdout.write(render(output, listing(output, columns, settings, data)));
    });
  }
}
