import type { Command } from "commander";

/** Words that may follow a chain of commands, by the chain: "" for the program itself, "shard list", … */
function completionWords(program: Command): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, readonly string[]>();
  const visit = (command: Command, path: string): void => {
    const help = command.createHelp();
    const commands = help.visibleCommands(command).map((child) => child.name());
    const options = help.visibleOptions(command).flatMap(({ long, short }) => [long, short]);
    words.set(path, [...commands, ...options.filter((option) => option !== undefined)]);
    for (const child of help.visibleCommands(command)) visit(child, `${path} ${child.name()}`.trim());
  };
  visit(program, "");
  return words;
}

/** Completion for bash: source it, or put it where bash-completion looks. */
export function bashCompletion(program: Command): string {
  return `_harborpoint() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || path="\${path:+$path }$word"
  done
  local words=""
  case "$path" in
${cases(program, "words")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _harborpoint harborpoint
`;
}

/** Completion for zsh: source it after compinit. */
export function zshCompletion(program: Command): string {
  return `_harborpoint() {
  local path_="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] || path_="\${path_:+$path_ }$word"
  done
  local choices=""
  case "$path_" in
${cases(program, "choices")}
  esac
  compadd -- \${=choices} || _files
}
compdef _harborpoint harborpoint
`;
}

/** Branches that put the words for a chain of commands into a shell variable. */
function cases(program: Command, variable: string): string {
  const branches = [...completionWords(program)].map(
    ([path, words]) => `    "${path}") ${variable}="${words.join(" ")}" ;;`,
  );
  return branches.join("\n");
}
