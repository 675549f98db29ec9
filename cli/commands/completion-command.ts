import { Argument, type Command } from "commander";
import { bashCompletion, zshCompletion } from "../completion.ts";

/** `harborpoint completion bash | zsh`: prints the script, such as for `source <(harborpoint completion bash)`. */
export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .summary("print the completion script of a shell")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh"]))
    .action((shell: "bash" | "zsh") => {
      process.stdout.write(shell === "bash" ? bashCompletion(program) : zshCompletion(program));
    });
}
