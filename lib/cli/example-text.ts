import type { CommandOptions } from "../options/commands.ts";

/** Returns a command in lines of at most `width` columns that a shell takes together. They break before options. */
function commandLines(command: string, width: number): string[] {
  const [first = "", ...options] = command.split(/ (?=--)/);
  const lines: string[] = [];
  let line = first;
  for (const option of options) {
    if (`${line} ${option} \\`.length <= width) line += ` ${option}`;
    else {
      lines.push(`${line} \\`);
      line = `  ${option}`;
    }
  }
  return [...lines, line];
}

/**
 * Returns the examples of a command's help, each with its description below it, so that every command can be copied as
 * a whole. yargs would put both into columns, which break commands.
 */
export function exampleText(examples: CommandOptions["examples"], width: number): string {
  const lines = examples.flatMap(([command, description]) => [
    ...commandLines(`dialogue-ppo ${command}`, width - 2).map((line) => `  ${line}`),
    `      ${description}`,
  ]);
  return ["Examples:", ...lines, ""].join("\n");
}
