import type { OptionField } from "../field.ts";

const TRACKING = "Tracking";

export const TRACKING_FIELDS: readonly OptionField[] = [
  { name: "wandbProject", kind: "string", group: TRACKING, describe: "write a W&B run of this project" },
  {
    name: "watch",
    kind: "boolean",
    group: TRACKING,
    default: false,
    describe: "show curves and samples on a local page while training",
  },
  {
    name: "tensorboard",
    kind: "boolean",
    group: TRACKING,
    default: true,
    describe: "write TensorBoard events",
  },
];
