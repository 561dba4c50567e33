/** One option of a run: how it is spelt on the command line, read and explained. */
export interface OptionField {
  /** camelCase: the key of a configuration file. */
  readonly name: string;
  readonly kind: "string" | "number" | "integer" | "boolean";
  readonly describe: string;
  readonly group: string;
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  /** Greater than min, not equal to it. */
  readonly above?: boolean;
  readonly max?: number;
  /** It names a file, a folder or, for models, a repository of the hub. */
  readonly location?: true;
  /** The original experiment's spelling where it is not the snake_case of the name. */
  readonly aliases?: readonly string[];
  /** A word that may stand in place of the number. */
  readonly word?: string;
}
