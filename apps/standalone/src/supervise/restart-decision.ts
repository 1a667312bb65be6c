import { backoffDelayMs, type Backoff } from "@isthmus/std";

/** What a supervisor remembers of one process. */
export interface SupervisionState {
  /** Exits in a row that came before the process had run for `steadyMs`. */
  readonly failures: number;
}

/** How a process is restarted. */
export interface RestartRule {
  readonly backoff: Backoff;
  /** A process that ran this long begins again with no failures. */
  readonly steadyMs: number;
}

/** Restart at once after a long run, else with growing delay; never give up, since the stack is useless without it. */
export function decideRestart(
  state: SupervisionState,
  exit: { readonly ranMs: number; readonly random: number },
  rule: RestartRule,
): { readonly state: SupervisionState; readonly delayMs: number } {
  if (exit.ranMs >= rule.steadyMs) return { state: { failures: 0 }, delayMs: 0 };
  const failures = state.failures + 1;
  return { state: { failures }, delayMs: backoffDelayMs(rule.backoff, failures - 1, exit.random) };
}
