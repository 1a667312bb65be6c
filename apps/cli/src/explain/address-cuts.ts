import {
  holdingsOf,
  rangeOfCidr,
  type AddressRange,
  type EntityRule,
  type Policy,
  type Rule,
} from "@isthmus/policy-engine";
import type { LoadedCluster, Mesh } from "../mesh/load-mesh";

const netsOf = ({ nets, notNets }: EntityRule) => [...nets, ...notNets];

const ofRules = (rules: readonly Rule[]) =>
  rules.flatMap(({ source, destination }) => [...netsOf(source), ...netsOf(destination)]);

const ofPolicy = ({ ingress, egress }: Pick<Policy, "ingress" | "egress">) => [...ofRules(ingress), ...ofRules(egress)];

/** Every range by which policies and sets of a cluster tell addresses apart. */
function rangesOf({ judged }: LoadedCluster): readonly AddressRange[] {
  const policies = judged.tiers.flatMap((tier) => tier.policies.flatMap(ofPolicy));
  const profiles = [...judged.profiles.values()].flatMap(ofPolicy);
  const sets = (holdingsOf(judged) ?? []).flatMap(({ nets }) => nets);
  return [...policies, ...profiles, ...sets].map(rangeOfCidr);
}

/** Cuts ranges of addresses at every border that a policy or a set draws: within a piece, all addresses fare alike. */
export function cutRanges(ranges: readonly AddressRange[], { clusters }: Mesh): readonly AddressRange[] {
  const named = clusters.flatMap(rangesOf);
  const borders = (version: 4 | 6): readonly bigint[] => {
    const all = named.filter((range) => range.version === version).flatMap(({ from, to }) => [from, to + 1n]);
    return [...new Set(all)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  };
  const cuts = { 4: borders(4), 6: borders(6) } as const;
  return ranges.flatMap(({ version, from, to }) => {
    const within = cuts[version].filter((at) => at > from && at <= to);
    const starts = [from, ...within];
    return starts.map((start, at) => ({ version, from: start, to: (starts[at + 1] ?? to + 1n) - 1n }));
  });
}
