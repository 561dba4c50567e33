import { describe, expect, it } from "vitest";
import { loadAddon } from "../../lib/native/loader.ts";
import type { NativeOption } from "../../lib/native/types.ts";
import type { Option } from "../../lib/options/option.ts";
import { PPO_OPTIONS } from "../../lib/options/ppo.ts";

type Attributes = Omit<NativeOption, "name">;

/** Returns the attributes that both tables have. The core knows one kind for text and for choices. */
function comparable(option: Attributes | Option): object {
  const { kind, min, above, max, below, choices } = option;
  const isText = kind === "text" || kind === "choice";
  return {
    kind: isText ? "string" : kind,
    default: option.default ?? undefined,
    min,
    above,
    max,
    below,
    choices,
  };
}

describe("the core's table of PPO options", () => {
  it("has the names, kinds, defaults and ranges of the library's table", () => {
    const native = loadAddon()
      .ppoOptions()
      .map((option) => [option.name, comparable(option)] as const);
    const own = Object.entries<Option>(PPO_OPTIONS).map(
      ([name, option]) => [name, comparable(option)] as const,
    );
    expect(own.length).toBeGreaterThan(30);
    expect(Object.fromEntries(native)).toEqual(Object.fromEntries(own));
  });
});
