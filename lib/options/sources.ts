/** Options of a run by where they come from. `resolveConfig` merges them and says which source wins. */
export interface ConfigSources {
  /** Flags of the command line, or the options that a program passes. */
  readonly flags: Record<string, unknown>;
  /** Content of a configuration file. */
  readonly file?: Record<string, unknown> | undefined;
  /** Name of that file, for messages. */
  readonly fileName?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Name of a preset. */
  readonly preset?: string | undefined;
}
