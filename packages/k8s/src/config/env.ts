/** What a credential command inherits: the environment of this process, as kubectl passes it. */
export function inheritedEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
