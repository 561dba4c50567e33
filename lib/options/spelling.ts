/** snake_case of a camelCase name, the original experiment's spelling. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** kebab-case of a camelCase name. */
export const kebabCase = (name: string): string => snakeCase(name).replaceAll("_", "-");

/** An option as it is written on the command line: `--batch-size`. */
export const flagName = (name: string): string => `--${kebabCase(name)}`;

/** The environment variable of a run's option: `DIALOGUE_PPO_BATCH_SIZE`. */
export const environmentName = (name: string): string => `DIALOGUE_PPO_${snakeCase(name).toUpperCase()}`;
