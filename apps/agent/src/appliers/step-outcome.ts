import { ApplyState } from "@isthmus/protocol";
import type { KubeError } from "@isthmus/k8s";

/** When a step that failed is tried again. */
export type Retry = "soon" | "slowly" | "never";

/** How a step ended, as it is reported. */
export interface StepOutcome {
  readonly state: ApplyState;
  readonly message: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly retry: Retry;
}

/** An outcome that says no more than its state. */
export function outcome(state: ApplyState, fields: Partial<Omit<StepOutcome, "state">> = {}): StepOutcome {
  return { message: "", uid: "", resourceVersion: "", retry: "never", ...fields, state };
}

/** A refusal in the API server's own words. */
export function failure(error: KubeError): StepOutcome {
  return outcome(ApplyState.FAILED, { message: error.message, retry: retryOf(error) });
}

function retryOf(error: KubeError): Retry {
  if (error.retryable) return "soon";
  // A permission or a namespace may be added; nobody tells us when.
  return error.code === "forbidden" || error.code === "not-found" ? "slowly" : "never";
}

/** True where the plan may go on to what depends on this step. */
export function letsOthersPass(state: ApplyState): boolean {
  switch (state) {
    case ApplyState.APPLIED:
    case ApplyState.REMOVED:
    case ApplyState.DRIFTED:
    case ApplyState.READ_ONLY:
      return true;
    case ApplyState.UNSPECIFIED:
    case ApplyState.PENDING:
    case ApplyState.FAILED:
    case ApplyState.NOT_OURS:
      return false;
  }
}
