import { err, ok, type Result } from "./result";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with each of these variables read from the file that `<NAME>_FILE` names, where that is set: so that
 * passwords are mounted, and not shown by whoever may look at a process. The error names the variable and the cure.
 */
export function valuesFromFiles(
  environment: Environment,
  names: readonly string[],
  readFile: (path: string) => string,
): Result<Environment, string> {
  const values = new Map(Object.entries(environment));
  for (const name of names) {
    const path = environment[`${name}_FILE`] ?? "";
    if (path === "") continue;
    if ((environment[name] ?? "") !== "") return err(`${name} and ${name}_FILE are both set; set one of them`);
    try {
      values.set(name, readFile(path).trim());
    } catch (cause) {
      return err(`${name}_FILE: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`);
    }
  }
  return ok(Object.fromEntries(values));
}
