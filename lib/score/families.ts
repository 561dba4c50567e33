import { DialoguePpoError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";
import { FAMILIES_BY_NAME, SOURCE_FAMILY, TEXT_FAMILIES } from "../taaco/catalogue.ts";
import type { Family } from "../taaco/families/family.ts";

/** Names of the families that `--families` takes. */
const FAMILY_NAMES: readonly string[] = [...FAMILIES_BY_NAME.keys()];

function familyOf(name: string): Family {
  const family = FAMILIES_BY_NAME.get(name);
  if (family !== undefined) return family;
  const nearest = nearestName(name, FAMILY_NAMES);
  const hint =
    nearest === undefined ? `expected some of ${FAMILY_NAMES.join(", ")}` : `did you mean ${nearest}?`;
  throw new DialoguePpoError("ERR_CONFIG", `--families: no family "${name}"; ${hint}`);
}

/**
 * Returns the families that `--families` names, in the order of the official output; undefined without the option.
 * @throws DialoguePpoError ERR_CONFIG for an unknown name
 */
export function parseFamilies(list: string | undefined): ReadonlySet<Family> | undefined {
  if (list === undefined) return undefined;
  return new Set(list.split(",").map((name) => familyOf(name.trim().toLowerCase())));
}

/**
 * Returns the names of the indices to write.
 *
 * @param wanted families; undefined for all
 * @param withSource whether there are source texts
 * @throws DialoguePpoError ERR_CONFIG when the family of the source indices is wanted without a source text
 */
export function indexNames(wanted: ReadonlySet<Family> | undefined, withSource: boolean): string[] {
  if (!withSource && wanted?.has(SOURCE_FAMILY)) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "--families source: there is no source text; name one with --source, or a column of them with --source-column",
    );
  }
  const families = withSource ? [...TEXT_FAMILIES, SOURCE_FAMILY] : TEXT_FAMILIES;
  return families
    .filter((family) => wanted === undefined || wanted.has(family))
    .flatMap(({ entries }) => entries.map(({ name }) => name));
}
