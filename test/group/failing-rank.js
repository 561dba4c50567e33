// The last process fails while the others wait for it. Every process prints the error that it gets, then works on.
import { DialoguePpoError } from "../../dist/errors.js";
import { openGroup } from "../../dist/group/group.js";

const group = openGroup();
const last = group.size - 1;
try {
  await group.together(async () => {
    await group.allGather(group.rank);
    if (group.rank === last) throw new DialoguePpoError("ERR_DATA", "d7: no such dialogue");
    await group.fromFirst(() => "never");
  });
} catch (error) {
  console.log(JSON.stringify({ rank: group.rank, code: error.code, message: error.message }));
}
const parts = await group.together(() =>
  group.allGather({ ids: Int32Array.of(group.rank), missing: Number.NaN }),
);
const map = await group.together(() =>
  group.map([1, 2, 3, 4, 5], async (own) => own.map((item) => 10 * item)),
);
if (group.isFirst)
  console.log(
    JSON.stringify({
      ids: parts.map(({ ids }) => ids[0]),
      nan: Number.isNaN(parts[last].missing),
      map,
    }),
  );
