import path from "node:path";
import { starterFolder } from "../package.ts";
import type { VectorSpace } from "../taaco/types.ts";

const STARTER_SPACES = path.join(starterFolder, "spaces");

/** The semantic spaces for scoring. */
export interface ScoringSpaces {
  readonly spaces: readonly VectorSpace[];
  readonly folder: string;
  /** One line that names the spaces and their folder. */
  readonly note: string;
}

/** Options that choose the semantic spaces. */
export interface SpacesRequest {
  /** Folder of spaces, or a file of vectors. */
  readonly spaces?: string | undefined;
  /** Folder of the official package, whose spaces, if it has any, take precedence over the starter's. */
  readonly taacoLists?: string | undefined;
  /** Whether to drop the first component of the official package's spaces, as the loader of the official tool does. */
  readonly faithful: boolean;
}

/**
 * Loads the spaces of `--spaces`, else those of the official package, else the starter spaces. Scoring never learns a space.
 */
export async function loadScoringSpaces(request: SpacesRequest): Promise<ScoringSpaces> {
  const { loadSpaces } = await import("../spaces/spaces.ts");
  const { givenSpaces } = await import("../spaces/readers/official.ts");
  const folder = givenSpaces(request) ?? STARTER_SPACES;
  const spaces = await loadSpaces(folder, { dropFirst: request.faithful });
  const kinds = spaces.map(({ kind, dimensions }) => `${kind} (${dimensions})`).join(", ");
  const origin = folder === STARTER_SPACES ? "starter spaces" : folder;
  return { spaces, folder, note: `semantic spaces: ${kinds} from ${origin}` };
}
