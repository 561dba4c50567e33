export const pageFile: string;
export function configurationPage(
  trainFields: readonly object[],
  presets: Readonly<Record<string, object>>,
  pretrainFields: readonly object[],
): string;
