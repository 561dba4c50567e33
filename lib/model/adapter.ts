import path from "node:path";
import { readTextFile } from "../input.ts";

/**
 * Describes a PEFT adapter with the model that it belongs to.
 *
 * @param names names of the files in the folder
 * @returns undefined when the folder is no adapter. The sentence continues "it is ..."
 */
export function describeAdapter(folder: string, names: ReadonlySet<string>): string | undefined {
  const file = "adapter_config.json";
  if (!names.has(file)) return undefined;
  let settings: { base_model_name_or_path?: unknown; peft_type?: unknown } | null = null;
  try {
    settings = JSON.parse(readTextFile(path.join(folder, file), "ERR_MODEL", "the settings of an adapter"));
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
