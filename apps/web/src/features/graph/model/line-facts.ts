import type { EdgeCounts, EdgePolicy, Reporter } from "@isthmus/flow-store";
import { policyName } from "../../flows";
import type { GraphLine } from "./graph";

/** What one end says of a line. */
export interface EndVerdict {
  readonly reporter: Reporter;
  readonly verdict: "allow" | "deny" | "staged" | "mixed" | "not-seen" | "not-reached";
  readonly connections: number;
  /** The policy that decided most often there; null where none is named. */
  readonly deciding: EdgePolicy | null;
}

/** The verdict of both ends, the caller's first. */
export function endVerdicts(line: GraphLine): readonly [EndVerdict, EndVerdict] {
  const stoppedAtSource = line.bySource.deniedFlows > 0 && line.bySource.allowedFlows === 0;
  return [
    endVerdict(line, "source", line.bySource),
    stoppedAtSource && line.byDestination.flows === 0
      ? { reporter: "destination", verdict: "not-reached", connections: 0, deciding: null }
      : endVerdict(line, "destination", line.byDestination),
  ];
}

function endVerdict(line: GraphLine, reporter: Reporter, counts: EdgeCounts): EndVerdict {
  const verdict = verdictOf(counts);
  const wanted = verdict === "deny" || verdict === "mixed" ? "deny" : "allow";
  const here = line.policies.filter((policy) => policy.reporter === reporter);
  const best = (list: readonly EdgePolicy[]) => [...list].sort((a, b) => b.flows - a.flows)[0] ?? null;
  return {
    reporter,
    verdict,
    connections: counts.allowedConnections + counts.deniedConnections + counts.passedConnections,
    deciding: best(here.filter((policy) => policy.action === wanted)) ?? best(here),
  };
}

function verdictOf(counts: EdgeCounts): EndVerdict["verdict"] {
  if (counts.flows === 0) return "not-seen";
  if (counts.deniedFlows > 0) return counts.allowedFlows > 0 ? "mixed" : "deny";
  return counts.pendingDeniedFlows > 0 ? "staged" : "allow";
}

/** A deciding policy in the notation of the pages: `tier.name ▸ rule 3`. */
export function policyText(policy: EdgePolicy): string {
  if (policy.kind === "Profile") return `no policy selects it: profile ${policy.name} allows`;
  const name = policyName(policy);
  if (policy.byTierDefault) return policy.kind === "EndOfTier" ? name : `${name} ▸ end of tier`;
  return `${name}${policy.ruleIndex >= 0 ? ` ▸ rule\u00a0${policy.ruleIndex + 1}` : ""}`;
}
