/** The value of an option. */
export type OptionValue = string | number | boolean;

interface Common {
  /** One sentence for the help and the reference. A default that is derived is described here. */
  readonly help: string;
  /** Heading under which the help and the reference show the option. */
  readonly group?: string;
  /** Spellings of the original experiment that are not the snake_case of the name. */
  readonly aliases?: readonly string[];
  /** Whether a resumed run must have the value with which it began. */
  readonly fixed?: boolean;
}

interface Range {
  /** Smallest value. */
  readonly min?: number;
  /** The value must exceed this number. */
  readonly above?: number;
  /** Largest value. */
  readonly max?: number;
  /** The value must be smaller than this number. */
  readonly below?: number;
}

interface Text {
  /** Whether the value names a file, a folder or, for models, a hub repository. */
  readonly location?: boolean;
  /** Values that are words with a meaning, among others. Completion offers them. */
  readonly words?: readonly string[];
  /** Whether the flag may stand without a value. */
  readonly bare?: boolean;
}

/** The definition of one option. Its name is the camelCase key under which a table holds it. */
export interface Option<Value = OptionValue, Default = Value | undefined> extends Common, Range, Text {
  readonly kind: "number" | "integer" | "boolean" | "text" | "choice";
  readonly default: Default;
  readonly choices?: readonly string[];
  /** A word that is allowed in place of the number. */
  readonly word?: string;
  /** Whether a run needs a value of this option, which then has no default. */
  readonly required?: boolean;
  /** False: no flag, configuration key or environment variable sets the option, only a program. */
  readonly flag?: boolean;
  /** Carries the type of the value to {@link OptionValues}. It is never set. */
  readonly valueType?: Value;
}

/** Options by camelCase name, in the order in which the help and the reference show them. */
export type OptionTable = Readonly<Record<string, Option>>;

/** Names of the options in a table. */
export type OptionName<Table> = keyof Table & string;

type ValueOf<O> = O extends { readonly valueType?: infer Value } ? Exclude<Value, undefined> : never;
type IsPresent<O> = O extends { readonly required: true }
  ? true
  : O extends { readonly default: infer Default }
    ? undefined extends Default
      ? false
      : true
    : false;

/**
 * The values of a table's options once defaults are filled in. An option that has no default and is not required may be
 * absent.
 */
export type OptionValues<Table> = {
  [Name in keyof Table as IsPresent<Table[Name]> extends true ? Name : never]: ValueOf<Table[Name]>;
} & {
  [Name in keyof Table as IsPresent<Table[Name]> extends true ? never : Name]?: ValueOf<Table[Name]>;
};

/** Any of a table's options, as a caller gives them. */
export type OptionInput<Table> = { readonly [Name in keyof Table]?: ValueOf<Table[Name]> | undefined };

type Settings<Extra, Default> = Common & Extra & { readonly default?: Default };

const define = <Value, Default>(
  kind: Option["kind"],
  settings: Settings<object, Default>,
): Option<Value, Default> => ({ kind, ...settings }) as Option<Value, Default>;

/** Defines an option that holds a finite number. */
export const number = <Default extends number | undefined = undefined>(
  settings: Settings<Range, Default>,
): Option<number, Default> => define("number", settings);

/** Defines an option that holds a whole number. */
export const integer = <Default extends number | undefined = undefined>(
  settings: Settings<Range, Default>,
): Option<number, Default> => define("integer", settings);

/** Defines an option that holds a whole number, or one word in its place. */
export const integerOr = <const Word extends string, Default extends number | Word | undefined = undefined>(
  word: Word,
  settings: Settings<Range, Default>,
): Option<number | Word, Default> => ({ ...define("integer", settings), word });

/** Defines an option that is true or false. */
export const boolean = <Default extends boolean | undefined = undefined>(
  settings: Settings<object, Default>,
): Option<boolean, Default> => define("boolean", settings);

/** Defines an option that holds text, which must not be empty. */
export const text = <Default extends string | undefined = undefined>(
  settings: Settings<Text, Default>,
): Option<string, Default> => define("text", settings);

/** Defines an option that holds one of several words. */
export const choice = <
  const Choices extends readonly string[],
  Default extends Choices[number] | undefined = undefined,
>(
  settings: Settings<{ readonly choices: Choices }, Default>,
): Option<Choices[number], Default> => define("choice", settings);

function annotate<Table extends OptionTable>(table: Table, traits: Partial<Common>): Table {
  const entries = Object.entries(table).map(([name, option]) => [name, { ...option, ...traits }]);
  return Object.fromEntries(entries) as Table;
}

/** Puts options under a heading. */
export const group = <Table extends OptionTable>(heading: string, table: Table): Table =>
  annotate(table, { group: heading });

/** Marks options whose values must not change when a run is resumed. */
export const fixed = <Table extends OptionTable>(table: Table): Table => annotate(table, { fixed: true });

/** Marks an option as one that every run needs. */
export const required = <Value>(
  option: Option<Value, undefined>,
): Option<Value, undefined> & { readonly required: true } => ({ ...option, required: true });

/** Returns the names of a table's options, in order. */
export const optionNames = <Table extends OptionTable>(table: Table): OptionName<Table>[] =>
  Object.keys(table) as OptionName<Table>[];

/** Selects the values of a table's options from all values. Options without a value are left out. */
export function selectValues<Table extends OptionTable>(
  table: Table,
  values: { readonly [name: string]: unknown },
): OptionInput<Table> {
  const given = Object.keys(table).filter((name) => values[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, values[name]])) as OptionInput<Table>;
}

/** Returns the defaults of a table's options. */
export function defaultValues<Table extends OptionTable>(table: Table): OptionInput<Table> {
  const defaults = Object.entries(table).map(([name, option]) => [name, option.default]);
  return selectValues(table, Object.fromEntries(defaults));
}
