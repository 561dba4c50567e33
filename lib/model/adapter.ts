import path from "node:path";
import { parseJson, readTextFile } from "../files/text-file.ts";

/** Name of the file in the folder of a PEFT adapter that describes it. */
export const ADAPTER_FILE = "adapter_config.json";

interface AdapterSettings {
  readonly base_model_name_or_path?: unknown;
  readonly peft_type?: unknown;
}

/**
 * Describes a PEFT adapter with the model that it belongs to.
 *
 * @param names names of the files in the folder
 * @returns undefined when the folder is no adapter. The sentence continues "it is ..."
 */
export function describeAdapter(folder: string, names: ReadonlySet<string>): string | undefined {
  if (!names.has(ADAPTER_FILE)) return undefined;
  const [place, expected] = [path.join(folder, ADAPTER_FILE), "the settings of an adapter"];
  let settings: AdapterSettings | null = null;
  try {
    const text = readTextFile(place, "ERR_MODEL", expected);
    settings = parseJson(text, place, "ERR_MODEL", expected) as AdapterSettings | null;
  } catch {
    // The kind of the folder is known all the same, and the message must not be about its settings.
  }
  const base = settings?.base_model_name_or_path;
  const kind = settings?.peft_type;
  const named = typeof base === "string" && base !== "" ? base : "its base model";
  return (
    `a PEFT adapter${typeof kind === "string" ? ` (${kind})` : ""} of ${named}, not a whole model; merge it into ${named} first: ` +
    "AutoPeftModelForCausalLM.from_pretrained(folder).merge_and_unload().save_pretrained(merged), then name that folder"
  );
}
