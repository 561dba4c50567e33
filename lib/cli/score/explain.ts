import type { Evidence, Explanation } from "../../taaco/explain.ts";

const shown = (value: number | null): string =>
  value === null ? "none" : String(Number(value.toPrecision(6)));

function line({ unit }: Explanation, { segment, with: others, words, value }: Evidence): string {
  const said = words.join(", ");
  if (unit === "items") return `  ${shown(value)} x ${said}`;
  if (unit === "matches") return `  sentence ${segment}: ${words.join(" ")}`;
  return `  ${unit.split(" ")[0]} ${segment} with ${others?.join(" and ")}: ${shown(value)}${said === "" ? "" : `  (${said})`}`;
}

/** An explanation as a person reads it. */
export function explanationText(id: string, explanation: Explanation): string {
  const head = `${id}  ${explanation.index} = ${shown(explanation.value)}`;
  return `${[head, ...explanation.evidence.map((one) => line(explanation, one))].join("\n")}\n`;
}
