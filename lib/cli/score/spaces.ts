import { existsSync } from "node:fs";
import path from "node:path";
import type { VectorSpace } from "../../taaco/types.ts";
import { starterFolder } from "../../train/data.ts";

const STARTER_SPACES = path.join(starterFolder, "spaces");

/** The semantic spaces for scoring, their folder, and a line that names them. */
export interface ScoringSpaces {
  readonly spaces: readonly VectorSpace[];
  readonly folder: string | null;
  readonly note: string;
}

/** Spaces of a folder, else the starter's; scoring never learns one. */
export async function loadScoringSpaces(directory: string | undefined): Promise<ScoringSpaces> {
  const folder = directory ?? STARTER_SPACES;
  if (directory === undefined && !existsSync(folder)) {
    return {
      spaces: [],
      folder: null,
      note: "no semantic spaces: no --spaces was given and the package brings none; their indices stay empty",
    };
  }
  const { loadSpaces } = await import("../../spaces/spaces.ts");
  const spaces = await loadSpaces(folder);
  const kinds = spaces.map(({ kind, dimensions }) => `${kind} (${dimensions})`).join(", ");
  const whose = directory === undefined ? "starter spaces" : folder;
  return { spaces, folder, note: `semantic spaces: ${kinds} from ${whose}` };
}
