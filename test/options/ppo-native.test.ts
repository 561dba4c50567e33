import { describe, expect, it } from "vitest";
import { loadAddon } from "../../lib/native/loader.ts";
import type { Option } from "../../lib/options/option.ts";
import { PPO_OPTIONS } from "../../lib/options/ppo.ts";

/** One row of the core's table. */
interface NativeOption {
  readonly name: string;
  readonly kind: string;
  readonly default?: string | number | boolean | null;
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
  readonly choices?: readonly string[];
}

const addon = loadAddon() as unknown as { ppoOptions?: () => readonly NativeOption[] };
if (addon.ppoOptions === undefined) {
  console.warn(
    "SKIPPED: the built addon has no ppoOptions(); the option tables are not compared with the core's",
  );
}

/** The attributes that both tables have. */
function comparable(option: Omit<NativeOption, "name"> | Option): object {
  const { kind, min, above, max, below, choices } = option;
  return { kind, default: option.default ?? undefined, min, above, max, below, choices };
}

describe.skipIf(addon.ppoOptions === undefined)("the core's table of PPO options", () => {
  it("has the names, kinds, defaults and ranges of the library's table", () => {
    const native = (addon.ppoOptions?.() ?? []).map((option) => [option.name, comparable(option)] as const);
    const own = Object.entries<Option>(PPO_OPTIONS).map(
      ([name, option]) => [name, comparable(option)] as const,
    );
    expect(Object.fromEntries(native)).toEqual(Object.fromEntries(own));
  });
});
