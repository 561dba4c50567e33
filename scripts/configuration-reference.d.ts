export const pageFile: string;

/** What the page shows. */
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

export function configurationPage(reference: Reference): string;

/** Imports what the page shows; `file` gives the place of a module of lib. */
export function readReference(file: (module: string) => string): Promise<Reference>;
