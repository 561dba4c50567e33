import path from "node:path";
import { starterFolder } from "../package.ts";
import type { VectorSpace } from "../taaco/types.ts";

const STARTER_SPACES = path.join(starterFolder, "spaces");

/** The semantic spaces for scoring, their folder, and a line that names them. */
export interface ScoringSpaces {
  readonly spaces: readonly VectorSpace[];
  readonly folder: string;
  readonly note: string;
}

export interface SpacesRequest {
  /** Folder of spaces, or a file of vectors. */
  readonly spaces?: string | undefined;
  /** Folder of the official package; its spaces, if it has them, come before the starter's. */
  readonly taacoLists?: string | undefined;
  /** The official tool's loader throws away the first component of its spaces. */
  readonly faithful: boolean;
}

/** The spaces that were named, else those of the official package, else the starter's; scoring never learns one. */
export async function loadScoringSpaces(request: SpacesRequest): Promise<ScoringSpaces> {
  const { loadSpaces } = await import("../spaces/spaces.ts");
  const { givenSpaces } = await import("../spaces/readers/official.ts");
  const folder = givenSpaces(request) ?? STARTER_SPACES;
  const spaces = await loadSpaces(folder, { dropFirst: request.faithful });
  const kinds = spaces.map(({ kind, dimensions }) => `${kind} (${dimensions})`).join(", ");
  const whose = folder === STARTER_SPACES ? "starter spaces" : folder;
  return { spaces, folder, note: `semantic spaces: ${kinds} from ${whose}` };
}
