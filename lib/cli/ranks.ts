/**
 * Returns the handler of a command whose work is shared by the processes that a launcher started. Only the first of them
 * prints, also the error that ends them all.
 */
export const sharedByRanks =
  <Arguments>(handler: (args: Arguments) => Promise<void>) =>
  async (args: Arguments): Promise<void> => {
    // Help and completion must not wait for what loads the addon.
    const { openGroup } = await import("../group/group.ts");
    const group = openGroup();
    if (!group.isFirst) {
      for (const stream of [process.stdout, process.stderr]) stream.write = () => true;
    }
    await group.together(() => handler(args));
  };
