export { backoffDelayMs, type Backoff } from "./backoff";
export type { Clock } from "./clock";
export { groupBy } from "./group-by";
export { invariant, InvariantError, unreachable } from "./invariant";
export { err, ok, type Result } from "./result";
export { takeSteps, takeStepsWithPauses, type Pauses, type Steps } from "./steps";
export { valuesFromFiles } from "./values-from-files";
