import type { EntityRule, Port, Rule } from "@isthmus/policy-engine";
import type { Mesh } from "../mesh/load-mesh";

/** Where rules tell connections apart: the first number of each stretch over which all fare alike, sorted. */
export interface Borders {
  readonly ports: readonly number[];
  readonly protocols: readonly number[];
  /** ICMP types that rules name, and whether any names a code. */
  readonly icmpTypes: ReadonlySet<number>;
  readonly icmpCodes: boolean;
}

function rulesOf({ clusters }: Mesh): readonly Rule[] {
  return clusters.flatMap(({ judged }) => {
    const policies = judged.tiers.flatMap((tier) => tier.policies);
    return [...policies, ...judged.profiles.values()].flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  });
}

const portsOf = ({ ports, notPorts }: EntityRule): readonly Port[] => [...ports, ...notPorts];

/** Ports that names may mean: those of any endpoint, and those that services send to. */
function resolvedPorts({ clusters }: Mesh): readonly number[] {
  return clusters.flatMap(({ judged, world }) => [
    ...[...judged.endpoints, ...judged.hostEndpoints].flatMap(({ ports }) => ports.map(({ port }) => port)),
    ...(world.services ?? []).flatMap(({ targets }) => targets.map(({ port }) => port)),
  ]);
}

const sorted = (numbers: readonly number[]): readonly number[] => [...new Set([0, ...numbers])].sort((a, b) => a - b);

/** The borders that the rules of a mesh draw. */
export function bordersOf(mesh: Mesh): Borders {
  const rules = rulesOf(mesh);
  const named = rules.flatMap(({ source, destination }) => [...portsOf(source), ...portsOf(destination)]);
  const numbers = named.flatMap((port) => (port.kind === "range" ? [port.from, port.to + 1] : []));
  const single = resolvedPorts(mesh).flatMap((port) => [port, port + 1]);
  const protocols = rules.flatMap(({ protocol, notProtocol }) => [protocol ?? [], notProtocol ?? []].flat());
  const icmp = rules.flatMap((rule) => [rule.icmp ?? [], rule.notIcmp ?? []].flat());
  return {
    ports: sorted([...numbers, ...single]),
    protocols: sorted(protocols.flatMap((protocol) => [protocol, protocol + 1])),
    icmpTypes: new Set(icmp.flatMap(({ type }) => type ?? [])),
    icmpCodes: icmp.some(({ code }) => code !== undefined),
  };
}

/** The stretch between two borders that a number lies in, up to `last`. */
export function stretchAround(borders: readonly number[], at: number, last: number): { from: number; to: number } {
  const next = borders.findIndex((border) => border > at);
  const from = borders[next < 0 ? borders.length - 1 : next - 1] ?? 0;
  return { from, to: Math.min(last, next < 0 ? last : (borders[next] ?? last + 1) - 1) };
}
