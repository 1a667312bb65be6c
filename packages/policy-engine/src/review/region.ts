import { headerConnections } from "../connectivity/rule-header";
import type { RuleEnd, RulePlan } from "../connectivity/rule-end";
import type { Rule } from "../model/rule";
import type { SelectorNode } from "../selector/ast";
import { isSatisfiable } from "../selector/satisfiable";
import {
  addressesOfCidrs,
  ALL_ADDRESSES,
  intersectAddresses,
  noAddresses,
  NO_ADDRESSES,
  subtractAddresses,
  type AddressSet,
} from "../sets/address-set";
import {
  ALL_PORTS,
  connectionsOfPorts,
  intersectConnections,
  noConnections,
  subtractConnections,
  type ConnectionSet,
} from "../sets/connection-set";
import { intervals } from "../sets/intervals";

/** What is asked of one end's address, whoever may hold it: somebody who holds it matches each of `some`, nobody any of `none`. */
export interface RegionEnd {
  readonly addresses: AddressSet;
  readonly some: readonly SelectorNode[];
  readonly none: readonly SelectorNode[];
}

/** Connections of one direction, in any world. */
export interface Region {
  readonly near: RegionEnd;
  readonly far: RegionEnd;
  readonly connections: ConnectionSet;
}

type EndName = "near" | "far";

const possible = ({ some, none }: RegionEnd): boolean => some.every((selector) => isSatisfiable([selector], none));

/** Whether no connection of any world is in a region; says no where it does not see it. */
export function isEmptyRegion({ near, far, connections }: Region): boolean {
  if (noConnections(connections)) return true;
  const meet = ([4, 6] as const).some(
    (version) => near.addresses[version].length > 0 && far.addresses[version].length > 0,
  );
  return !meet || !possible(near) || !possible(far);
}

/** How a rule's region is bounded: by all that it could match, or by what it matches for sure. */
export type Bound = "outer" | "inner";

function addressesOf({ nets, notNets }: RuleEnd, ipVersion: Rule["ipVersion"]): AddressSet {
  const inside = nets.length > 0 ? addressesOfCidrs(nets) : ALL_ADDRESSES;
  // Lists of nets that hold none of an IP version take the whole rule out for that version, notNets too.
  const spared = addressesOfCidrs(notNets);
  const some = (version: 4 | 6) => notNets.length === 0 || notNets.some((net) => net.version === version);
  const outside = subtractAddresses(inside, spared);
  const kept = (version: 4 | 6) => (ipVersion === undefined || ipVersion === version) && some(version);
  return { 4: kept(4) ? outside[4] : NO_ADDRESSES[4], 6: kept(6) ? outside[6] : NO_ADDRESSES[6] };
}

/** The connections that an end's ports let through; undefined where an inner bound would have to know named ports. */
function portsOf({ side, ports, notPorts }: RuleEnd, bound: Bound, all: ConnectionSet): ConnectionSet | undefined {
  const at = (list: RuleEnd["ports"]) => {
    const ranges = intervals(...list.filter((port) => port.kind === "range"));
    return connectionsOfPorts(side === "source" ? { source: ranges } : { destination: ranges });
  };
  const named = (list: RuleEnd["ports"]) => list.some(({ kind }) => kind === "named");
  let set = all;
  if (ports.length > 0) {
    const whole = connectionsOfPorts({ destination: intervals(ALL_PORTS) });
    set = intersectConnections(set, named(ports) && bound === "outer" ? whole : at(ports));
  }
  if (notPorts.length === 0) return set;
  return named(notPorts) && bound === "inner" ? undefined : subtractConnections(set, at(notPorts));
}

/** Whether a rule asks for what is not a matter of addresses, labels and ports. */
export const asksMore = ({ rule, near, far }: RulePlan): boolean =>
  rule.unknown.length > 0 ||
  rule.http !== undefined ||
  [near, far].some(({ service, domains }) => service !== undefined || domains.length > 0);

/** The region of a rule; undefined where nothing is sure to be in it. */
export function regionOf(plan: RulePlan, bound: Bound): Region | undefined {
  if (bound === "inner" && asksMore(plan)) return undefined;
  const end = (its: RuleEnd): RegionEnd => ({
    addresses: addressesOf(its, plan.rule.ipVersion),
    some: its.selector ? [its.selector.node] : [],
    none: its.notSelector ? [its.notSelector.node] : [],
  });
  const header = headerConnections(plan.rule);
  const atNear = portsOf(plan.near, bound, header);
  const connections = atNear && portsOf(plan.far, bound, atNear);
  return connections && { near: end(plan.near), far: end(plan.far), connections };
}

/** A part of a region outside of another one, and the rest of it. */
interface Cut {
  readonly outside: Region;
  readonly inside: Region;
}

function cutAddresses(region: Region, name: EndName, by: AddressSet): Cut {
  const end = region[name];
  const put = (addresses: AddressSet): Region => ({ ...region, [name]: { ...end, addresses } });
  return { outside: put(subtractAddresses(end.addresses, by)), inside: put(intersectAddresses(end.addresses, by)) };
}

function cutSelector(region: Region, name: EndName, selector: SelectorNode): Cut {
  const end = region[name];
  return {
    outside: { ...region, [name]: { ...end, none: [...end.none, selector] } },
    inside: { ...region, [name]: { ...end, some: [...end.some, selector] } },
  };
}

const opposite = ({ outside, inside }: Cut): Cut => ({ outside: inside, inside: outside });

/** The cuts that lead from a region to what another one leaves of it, each to be made in what is inside of those before. */
function cutsBy(by: Region): readonly ((region: Region) => Cut)[] {
  const ofEnd = (name: EndName) => [
    (region: Region) => cutAddresses(region, name, by[name].addresses),
    ...by[name].some.map((selector) => (region: Region) => cutSelector(region, name, selector)),
    ...by[name].none.map((selector) => (region: Region) => opposite(cutSelector(region, name, selector))),
  ];
  const connections = (region: Region): Cut => ({
    outside: { ...region, connections: subtractConnections(region.connections, by.connections) },
    inside: { ...region, connections: intersectConnections(region.connections, by.connections) },
  });
  return [connections, ...ofEnd("near"), ...ofEnd("far")];
}

/** What of a region is outside of another one, and what of it is inside. */
export function cutRegion(
  region: Region,
  by: Region,
): { readonly outside: readonly Region[]; readonly inside: Region } {
  let inside = region;
  const outside: Region[] = [];
  for (const cut of cutsBy(by)) {
    const made = cut(inside);
    if (!isEmptyRegion(made.outside)) outside.push(made.outside);
    inside = made.inside;
    if (noConnections(inside.connections) || noAddresses(inside.near.addresses)) break;
  }
  return { outside, inside };
}
