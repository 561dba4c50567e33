import { DialoguePpoError } from "../../errors.ts";
import { nearestName } from "../../options/nearest.ts";
import type { ScorePreset } from "../../reward/preset.ts";
import type { Evidence, Explanation } from "../../taaco/explain.ts";
import { rowNames } from "../../taaco/rows.ts";

const shown = (value: number | null): string =>
  value === null ? "none" : String(Number(value.toPrecision(6)));

function line({ unit }: Explanation, { segment, with: others, words, value }: Evidence): string {
  const said = words.join(", ");
  if (unit === "items") return `  ${shown(value)} x ${said}`;
  if (unit === "matches") return `  sentence ${segment}: ${words.join(" ")}`;
  return `  ${unit.split(" ")[0]} ${segment} with ${others?.join(" and ")}: ${shown(value)}${said === "" ? "" : `  (${said})`}`;
}

/**
 * Refuses what cannot be explained, saying what can.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkExplainable(index: string, preset: ScorePreset, withSource: boolean): void {
  if (rowNames(withSource).includes(index)) return;
  const refuse = (why: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", `--explain ${index}: ${why}`);
  };
  if (rowNames(true).includes(index)) refuse("compares with a source text; name it with --source");
  if (index === "composite") {
    const parts = preset.terms.map((term) => term.index);
    const mean = preset.raw ? "the mean" : "a weighted mean of z-scores";
    refuse(
      `the composite is ${mean} of these indices, which can be explained one by one: ${parts.join(", ")}`,
    );
  }
  const near = nearestName(index, rowNames(true));
  const meant = near === undefined ? "." : `; did you mean ${near}?`;
  refuse(`no such index${meant} Any column of the CSV between Filename and composite can be explained`);
}

/** An explanation as a person reads it. */
export function explanationText(id: string, explanation: Explanation): string {
  const head = `${id}  ${explanation.index} = ${shown(explanation.value)}`;
  return `${[head, ...explanation.evidence.map((one) => line(explanation, one))].join("\n")}\n`;
}
