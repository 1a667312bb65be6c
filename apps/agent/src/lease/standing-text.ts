import type { Readiness } from "../health/server";
import type { LeaseState } from "./keep-lease";

/**
 * What `/readyz` says. A standby is ready when it knows who is active: it would take over, and a rollout must not wait
 * for it to be needed.
 */
export function readinessOf(state: LeaseState, agentNotReady: () => string): Readiness {
  switch (state.kind) {
    case "standby":
      return state.holder === ""
        ? { ready: false, text: "standby: the lease was made anew, and whoever held the one before may be active" }
        : { ready: true, text: `ready: standby; \`${state.holder}\` is active` };
    case "unknown":
      return { ready: false, text: state.why };
    case "active": {
      const why = agentNotReady();
      return why === ""
        ? { ready: true, text: "ready: active" }
        : { ready: false, text: `active, and not ready: ${why}` };
    }
  }
}
