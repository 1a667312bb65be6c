import type { Connectivity } from "../connectivity/connectivity";
import type { World } from "../evaluate/world";
import type { Policy, Rule } from "../model/policy";
import type { ProofAssumption, ProofQuestion, ProofScope } from "./types";

const count = (number: number, noun: string, plural = `${noun}s`): string =>
  `${number} ${number === 1 ? noun : plural}`;

const undecidedRule = ({ unknown, http, source, destination }: Rule): boolean =>
  unknown.length > 0 || http !== undefined || source.domains.length + destination.domains.length > 0;

function undecidedIn({ tiers, unreadable }: World): number {
  const policies = tiers.flatMap((tier) => tier.policies);
  const isUndecided = ({ unknown, ingress, egress }: Policy) =>
    unknown.length > 0 || [...ingress, ...egress].some(undecidedRule);
  return policies.filter(isUndecided).length + unreadable.length;
}

type Stated = ProofAssumption | false;

function aboutEndpoints(connectivity: Connectivity, scope: ProofScope): readonly Stated[] {
  const { clusters, endpoints, sources, destinations } = scope;
  const named = clusters.filter((name) => name !== "");
  const where = named.length === 0 ? "the cluster" : `${count(clusters.length, "cluster")} (${named.join(", ")})`;
  const empty = [...(sources.classes === 0 ? ["source"] : []), ...(destinations.classes === 0 ? ["destination"] : [])];
  const bare = sources.withoutAddress + destinations.withoutAddress;
  const hosts = connectivity.worlds.reduce((sum, { hostEndpoints }) => sum + hostEndpoints.length, 0);
  return [
    {
      code: "present-endpoints",
      sentence: `it holds for the ${count(endpoints, "endpoint")} of ${where} as they are: ${count(sources.endpoints, "source")} in ${count(sources.classes, "class", "classes")}, ${count(destinations.endpoints, "destination")} in ${count(destinations.classes, "class", "classes")}`,
    },
    empty.length > 0 && {
      code: "nothing-matched",
      sentence: `nothing that has an address is a ${empty.join(" or a ")}, so there is nothing that could speak against it`,
    },
    bare > 0 && {
      code: "without-address",
      sentence: `${count(bare, "matching endpoint")} without an address ${bare === 1 ? "is" : "are"} left out`,
    },
    hosts > 0 && {
      code: "host-endpoints",
      sentence: `what is forwarded through nodes is not asked of their host endpoints (${hosts}), which could only stop more of it`,
    },
  ];
}

/** What a proof rests on, in plain sentences. */
export function assumptionsOf(
  connectivity: Connectivity,
  question: ProofQuestion,
  scope: ProofScope,
): readonly ProofAssumption[] {
  const undecided = connectivity.worlds.reduce((sum, world) => sum + undecidedIn(world), 0);
  const stated: readonly Stated[] = [
    ...aboutEndpoints(connectivity, scope),
    connectivity.view === "pending" && {
      code: "view",
      sentence: "staged policies are taken to be in force as they stand",
    },
    { code: "converged", sentence: "every node enforces these policies, and no older ones" },
    {
      code: "routable",
      sentence: "an address leads to the endpoint that has it, from every cluster, and an endpoint sends from its own",
    },
    { code: "no-translation", sentence: "nothing on the way translates addresses or ports before policies see them" },
    {
      code: "new-connections",
      sentence: "new connections are asked: replies, and what was open before a policy came, pass without it",
    },
    question.replicas !== true && {
      code: "own-endpoint",
      sentence: "what an endpoint sends to itself is not asked",
    },
    undecided > 0 && {
      code: "undecided-elsewhere",
      sentence: `${count(undecided, "policy", "policies")} ask for what is not known here; whichever way they decide, it does not matter`,
    },
  ];
  return stated.filter((assumption) => assumption !== false);
}
