import type { ClusterProblem } from "./problems";
import type { ClusterStatus } from "./status";

/** What the health of a cluster is judged from; `behindMs` is how much later than due its newest evidence is. */
export interface HealthInput {
  readonly status: ClusterStatus;
  readonly readOnly: boolean;
  readonly problems: readonly ClusterProblem[];
  readonly behindMs?: number;
}

/** The two lines of a cluster's health, with the shape that says the same. */
export interface Health {
  readonly mark: "good" | "problem" | "unknown" | "pending" | "locked" | "none";
  readonly title: string;
  readonly detail: string;
  /** Whether a person should look at it. */
  readonly attention: boolean;
  /** Since when the cluster is not heard: its values are dated and dimmed. */
  readonly unknownSince?: number;
}

/** Evidence later than this is said to lag: two buckets beyond what is usual. */
export const LAG_MS = 30_000;

const seconds = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;

function connectedHealth({ readOnly, problems, behindMs = 0 }: HealthInput): Health {
  const [first] = problems;
  if (first) {
    const title = problems.length === 1 ? first.title : `${problems.length} problems`;
    return {
      mark: "problem",
      title,
      detail: problems.length === 1 ? "" : problems.map((each) => each.title).join(", "),
      attention: true,
    };
  }
  if (behindMs > LAG_MS)
    return { mark: "problem", title: "lagging", detail: `evidence ${seconds(behindMs)} behind`, attention: true };
  if (readOnly) return { mark: "locked", title: "read only", detail: "serves Calico v1 CRDs only", attention: false };
  return { mark: "good", title: "healthy", detail: "", attention: false };
}

/** The health of a cluster. Unknown is a state of its own and never green or red (invariant I2). */
export function clusterHealth(input: HealthInput): Health {
  const { status } = input;
  switch (status.kind) {
    case "connected":
      return connectedHealth(input);
    case "waiting":
      return { mark: "none", title: "waiting for its agent", detail: "never connected", attention: false };
    case "connecting":
      return { mark: "pending", title: "connecting", detail: "not connected before its first sync", attention: false };
    case "first-sync": {
      const share = status.total === 0 ? 0 : Math.min(99, Math.floor((status.done / status.total) * 100));
      return {
        mark: "pending",
        title: `first sync, ${share} %`,
        detail: `${status.done} of ${status.total} resources`,
        attention: false,
      };
    }
    case "unknown":
      return { mark: "unknown", title: "unknown", detail: "not heard", attention: true, unknownSince: status.since };
    case "revoked":
      return {
        mark: "unknown",
        title: "revoked",
        detail: "its agent may not connect",
        attention: true,
        unknownSince: status.since,
      };
  }
}
