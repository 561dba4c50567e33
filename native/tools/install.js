// npm's install step. Without a compiler, the package still loads data and computes indices, and the message names the command
// that builds the addon later.
import { buildAddon, missingTools } from "./build.js";

const remedy = "later: npx dialogue-ppo build";

if (process.env.DIALOGUE_PPO_SKIP_BUILD === "1") {
  console.error(`dialogue-ppo: DIALOGUE_PPO_SKIP_BUILD is set, the addon is not built; ${remedy}`);
} else if (missingTools().length > 0) {
  console.error(`dialogue-ppo: the addon is not built, it needs ${missingTools().join(" and ")}; ${remedy}`);
} else {
  try {
    const { built, addon } = await buildAddon();
    if (built) console.error(`dialogue-ppo: built ${addon}`);
  } catch (error) {
    console.error(`dialogue-ppo: ${error.message}\n  ${remedy}`);
    process.exitCode = 1;
  }
}
