// The table of all kinds of faults.

const escaped = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** Returns what happened: how it ended where all tries held, otherwise what was wrong. */
function outcomeText({ happened, failures, missing, tries, held }) {
  if (missing) return `**not tried**: ${missing}`;
  if (held === tries) return happened;
  const shown = failures.slice(0, 5).join("; ");
  const more = failures.length > 5 ? `; and ${failures.length - 5} more` : "";
  return `**${tries - held} failed**: ${shown}${more}. ${happened}`;
}

/** Returns the Markdown of a run from its JSON. */
export function markdown({ command, system, triedAt, kinds }) {
  const rows = kinds.map((kind) => {
    const { title, promise, tries, held } = kind;
    return `| ${[title, promise, String(tries), String(held), outcomeText(kind)].map(escaped).join(" | ")} |`;
  });
  return [
    `- Command: \`${command}\``,
    `- System: ${system}, ${triedAt.slice(0, 10)}`,
    "",
    "| fault | what is promised | tries | kept | what happened |",
    "|---|---|---:|---:|---|",
    ...rows,
  ].join("\n");
}
