/** Thrown where the program itself is wrong. It fails the request, never the process. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws InvariantError with `message` unless `condition` holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Marks a branch that the type system has ruled out. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected variant: ${JSON.stringify(value)}`);
}
