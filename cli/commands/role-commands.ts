import type { Command } from "commander";
import { leaveWithParent } from "../roles/leave-with-parent.ts";
import { ROLES } from "../roles/role-catalog.ts";
import { roleConfig, withRoleOptions } from "../roles/role-options.ts";

/** `harborpoint node | router | metadata`: this process becomes that role. */
export function addRoleCommands(program: Command): void {
  for (const role of ROLES) {
    const command = withRoleOptions(program.command(role.name).summary(role.summary), role);
    command
      .description(`${role.summary}\n\nSettings: flags over environment over --config over defaults.`)
      .action(async () => {
        leaveWithParent();
        await role.run(roleConfig(command, role).value);
      });
  }
}
