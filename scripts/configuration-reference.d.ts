/** Path of the page. */
export const pageFile: string;

/** Option tables and functions from which the page is made. */
export interface Reference {
  readonly train: Readonly<Record<string, object>>;
  readonly ppo: Readonly<Record<string, object>>;
  readonly pretrain: Readonly<Record<string, object>>;
  readonly global: Readonly<Record<string, object>>;
  readonly source: Readonly<Record<string, object>>;
  readonly commands: Readonly<Record<string, { readonly run: readonly string[]; readonly own: object }>>;
  readonly presets: Readonly<Record<string, object>>;
  readonly flagName: (name: string) => string;
  readonly environmentName: (name: string) => string;
}

/** Returns the text of the page. */
export function configurationPage(reference: Reference): string;

/** Imports the option tables. `file` returns the path of a module of lib/options. */
export function readReference(file: (module: string) => string): Promise<Reference>;
