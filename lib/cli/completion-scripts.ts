/** Shells with completion. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Name of a shell with completion. */
export type Shell = (typeof SHELLS)[number];

// yargs adds descriptions to the words when SHELL names zsh, as "word:description".
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of dialogue-ppo for bash. Add this line to ~/.bashrc:
#   source <(dialogue-ppo completion bash)
_dialogue_ppo() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  mapfile -t COMPREPLY < <(compgen -W "$(SHELL=bash dialogue-ppo --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2> /dev/null)" -- "$current")
}
complete -o bashdefault -o default -F _dialogue_ppo dialogue-ppo
`,
  zsh: `#compdef dialogue-ppo
# Completion of dialogue-ppo for zsh. Add this line to ~/.zshrc, after compinit:
#   source <(dialogue-ppo completion zsh)
_dialogue_ppo() {
  local -a found
  found=("\${(@f)$(SHELL=zsh dialogue-ppo --get-yargs-completions "\${(@)words[1,CURRENT]}" 2> /dev/null)}")
  if [[ -n "$found" ]]; then _describe 'dialogue-ppo' found; else _files; fi
}
compdef _dialogue_ppo dialogue-ppo
`,
  fish: `# Completion of dialogue-ppo for fish. Save it where fish looks for it:
#   dialogue-ppo completion fish > ~/.config/fish/completions/dialogue-ppo.fish
function __dialogue_ppo_complete
  set -l words (commandline -opc) (commandline -ct)
  SHELL=zsh dialogue-ppo --get-yargs-completions $words 2> /dev/null | string replace ':' \\t
end
complete -c dialogue-ppo -a '(__dialogue_ppo_complete)'
`,
};

/** Returns the script that completes commands and options in a shell. */
export const completionScript = (shell: Shell): string => SCRIPTS[shell];
