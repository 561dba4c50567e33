/** Returns a camelCase name in snake_case, the spelling of the original experiment. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Returns a camelCase name in kebab-case. */
export const kebabCase = (name: string): string => snakeCase(name).replaceAll("_", "-");

/** Returns the flag of an option, such as `--batch-size`. */
export const flagName = (name: string): string => `--${kebabCase(name)}`;

/** Returns the environment variable of a run's option, such as `DIALOGUE_PPO_BATCH_SIZE`. */
export const environmentName = (name: string): string => `DIALOGUE_PPO_${snakeCase(name).toUpperCase()}`;
