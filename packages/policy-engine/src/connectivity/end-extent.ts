import type { World } from "../evaluate/world";
import type { EndpointPort } from "../model/policy";
import { PROTOCOL_NUMBERS } from "../model/protocol";
import type { Port } from "../model/rule";
import {
  ALL_CONNECTIONS,
  connectionsOfPorts,
  connectionsOfProtocol,
  intersectConnections,
  NO_CONNECTIONS,
  subtractConnections,
  uniteConnections,
  type ConnectionSet,
} from "../sets/connection-set";
import { intervals, type Intervals } from "../sets/intervals";
import { serviceKey, type AddressGroup } from "./address-space";
import type { RuleEnd, Side } from "./rule-end";
import { NONE, type Tables } from "./tables";

/** Whether something is so, as far as it is known. */
export type Known = "yes" | "no" | "unknown";

/** An address as an end of a rule looks at it. */
export interface AddressView {
  readonly group: AddressGroup;
  /** Whether somebody who holds it matches the end's selector, and its notSelector. */
  readonly selected: Known;
  readonly unwanted: Known;
  /** Whether it lies in the end's nets, and in its notNets. */
  readonly inNets: boolean;
  readonly inNotNets: boolean;
  /** The ports of those who hold it and match the end's selector, where it has one. */
  readonly ports: readonly EndpointPort[];
}

const portsAt = (side: Side, ports: Intervals): ConnectionSet =>
  connectionsOfPorts(side === "source" ? { source: ports } : { destination: ports });

/** What has a port of the list: numbers on every protocol with ports, names on the protocol of the rule. */
function connectionsAtPorts(list: readonly Port[], end: RuleEnd, offered: readonly EndpointPort[]): ConnectionSet {
  const numbers = portsAt(end.side, intervals(...list.filter((port) => port.kind === "range")));
  const names = new Set(list.flatMap((port) => (port.kind === "named" ? [port.name] : [])));
  const resolved = offered.filter(({ name, protocol }) => names.has(name) && protocol === end.namedProtocol);
  if (resolved.length === 0) return numbers;
  const named = portsAt(end.side, intervals(...resolved.map(({ port }) => ({ from: port, to: port }))));
  return uniteConnections(numbers, intersectConnections(named, connectionsOfProtocol(end.namedProtocol)));
}

function serviceConnections(end: RuleEnd, { targets }: AddressGroup): ConnectionSet {
  const service = end.service && serviceKey(end.service);
  const here = targets.filter((target) => target.service === service);
  if (end.side === "source") return here.length > 0 ? ALL_CONNECTIONS : NO_CONNECTIONS;
  return here
    .map(({ protocol, port }) =>
      intersectConnections(
        connectionsOfProtocol(protocol),
        connectionsOfPorts({ destination: intervals({ from: port, to: port }) }),
      ),
    )
    .reduce(uniteConnections, NO_CONNECTIONS);
}

const known = (is: boolean): Known => (is ? "yes" : "no");

const opposite = (is: Known): Known => (is === "unknown" ? is : known(is === "no"));

/** Whether the address is of one of the end's domains, by what DNS was seen to answer. */
function inDomains({ domains }: RuleEnd, { group }: AddressView, world: World): Known {
  const holds = world.domains.holds(domains, group.sample);
  return typeof holds === "boolean" ? known(holds) : "unknown";
}

/** Whether an address is one that an end asks for, before any connection is looked at. */
function addressFits(end: RuleEnd, view: AddressView, world: World): Known {
  const answers: readonly Known[] = [
    end.selector ? view.selected : "yes",
    end.notSelector ? opposite(view.unwanted) : "yes",
    known(end.nets.length === 0 || view.inNets),
    // A list of nets that holds none of the packet's IP version takes the whole rule out for that version, notNets too
    // (Calico, felix rules/policy.go, FilterRuleToIPVersion).
    known(
      end.notNets.length === 0 ||
        (!view.inNotNets && end.notNets.some(({ version }) => version === view.group.version)),
    ),
    end.domains.length > 0 ? inDomains(end, view, world) : "yes",
  ];
  return answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
}

/** Protocols whose named ports never come into play leave notPorts as they are. */
const { TCP, UDP, SCTP } = PROTOCOL_NUMBERS;
const WITH_PORTS: ConnectionSet = [TCP, UDP, SCTP].map(connectionsOfProtocol).reduce(uniteConnections);

/** What of all connections an end of a rule lets through at an address, as the number of an extent. */
export function extentAt(end: RuleEnd, view: AddressView, { world, tables }: ExtentContext): number {
  const fits = addressFits(end, view, world);
  if (fits === "no") return tables.nowhere;
  let set = ALL_CONNECTIONS;
  if (end.ports.length > 0) {
    set = intersectConnections(WITH_PORTS, connectionsAtPorts(end.ports, end, view.ports));
  }
  if (end.notPorts.length > 0) set = subtractConnections(set, connectionsAtPorts(end.notPorts, end, view.ports));
  if (end.service) {
    if (world.serviceTargets(end.service.namespace, end.service.name) === undefined) {
      return tables.extents.id([NONE, tables.sets.id(set)]);
    }
    set = intersectConnections(set, serviceConnections(end, view.group));
  }
  const id = tables.sets.id(set);
  return tables.extents.id(fits === "unknown" ? [NONE, id] : [id, NONE]);
}

/** What extents are worked out with. */
export interface ExtentContext {
  readonly world: World;
  readonly tables: Tables;
}
