import { isIPv4 } from "node:net";
import { arrayOf, isObject, objectOf, stringOf, stringsOf, type JsonObject } from "../../json";
import type { Cause } from "../status";
import { isNet } from "./addresses";
import { checkSelector } from "./calico-selectors";
import { forbiddenField, requiredField, wrong } from "./causes";

/** A rule's `source` or `destination`, with what surrounds it. */
export interface EntityAt {
  readonly entity: JsonObject;
  readonly field: string;
  readonly side: "source" | "destination";
  readonly direction: "ingress" | "egress";
  readonly protocol: unknown;
  /** Of the policy. */
  readonly scope: "global" | "namespaced";
}

/** A protocol by number where it is written as one. */
export function normalProtocol(protocol: unknown): unknown {
  return typeof protocol === "string" && /^\d+$/.test(protocol) ? Number(protocol) : protocol;
}

const portProtocols: readonly unknown[] = ["TCP", "UDP", "SCTP", 6, 17, 132];
const catchAll = /^(0+\.0+\.0+\.0+|[0:]+)\/0$/;

/** What is wrong with one end of a rule. */
export function checkEntity(at: EntityAt): readonly Cause[] {
  const { entity, field } = at;
  const accounts = objectOf(entity["serviceAccounts"])["selector"];
  return [
    ...checkNets(entity["nets"], `${field}.nets`),
    ...checkNets(entity["notNets"], `${field}.notNets`),
    ...stringsOf(entity["notNets"]).flatMap((net, index) =>
      catchAll.test(net) ? [wrong(`${field}.notNets[${index}]`, net, "excludes every address")] : [],
    ),
    ...checkSelector(entity["selector"], `${field}.selector`, "elsewhere"),
    ...checkSelector(entity["notSelector"], `${field}.notSelector`, "elsewhere"),
    ...checkSelector(entity["namespaceSelector"], `${field}.namespaceSelector`, "peer-namespaces"),
    ...checkSelector(accounts, `${field}.serviceAccounts.selector`, "elsewhere"),
    ...checkPorts(at, "ports"),
    ...checkPorts(at, "notPorts"),
    ...checkServices(at),
  ];
}

function checkNets(values: unknown, field: string): readonly Cause[] {
  return stringsOf(values).flatMap((net, index) =>
    isNet(net) ? [] : [wrong(`${field}[${index}]`, net, "must be an address or a network in CIDR notation")],
  );
}

function checkPorts({ entity, field, protocol }: EntityAt, name: "ports" | "notPorts"): readonly Cause[] {
  const list = arrayOf(entity[name]);
  const causes = list.flatMap((port, index) => checkPort(port, `${field}.${name}[${index}]`));
  const numbers = list.some((port) => !isPortName(port));
  if (!numbers || portProtocols.includes(normalProtocol(protocol))) return causes;
  return [...causes, wrong(`${field}.${name}`, list, "rules with ports need protocol TCP, UDP or SCTP")];
}

function isPortName(port: unknown): boolean {
  return /^[A-Za-z0-9_.-]{1,128}$/.test(stringOf(port)) && !/^\d+$/.test(stringOf(port));
}

function checkPort(port: unknown, field: string): readonly Cause[] {
  const inRange = (number: number) => number >= 1 && number <= 65_535;
  const number = normalProtocol(port);
  if (typeof number === "number") return inRange(number) ? [] : [wrong(field, port, "must be between 1 and 65535")];
  const range = /^(\d+):(\d+)$/.exec(stringOf(port));
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    const good = from <= to && inRange(from) && inRange(to);
    return good ? [] : [wrong(field, port, "must be a range `from:to` between 1 and 65535")];
  }
  return isPortName(port) ? [] : [wrong(field, port, "must be a port, a range `from:to` or the name of a port")];
}

const besideServices = ["namespaceSelector", "serviceAccounts", "selector", "notSelector", "nets", "notNets"];

function checkServices({ entity, field, side, direction, scope }: EntityAt): readonly Cause[] {
  const { services } = entity;
  if (!isObject(services)) return [];
  const given = (name: string) =>
    !["", undefined].includes(entity[name] as string) &&
    arrayOf(entity[name]).length + Number(!Array.isArray(entity[name])) > 0;
  const excluded = side === "destination" ? [...besideServices, "ports", "notPorts"] : besideServices;
  const remote = (side === "source") === (direction === "ingress");
  return [
    ...(stringOf(services["name"]) === "" ? [requiredField(`${field}.services.name`, "a service is named")] : []),
    ...(scope === "global" && stringOf(services["namespace"]) === ""
      ? [requiredField(`${field}.services.namespace`, "a global policy names the service's namespace")]
      : []),
    ...(remote
      ? []
      : [
          forbiddenField(
            `${field}.services`,
            "services stand for the remote end: the source of ingress, the destination of egress",
          ),
        ]),
    ...excluded
      .filter(given)
      .map((name) => forbiddenField(`${field}.${name}`, `${name} cannot be given beside services`)),
  ];
}

/** The versions of IP that the networks of an entity belong to. */
export function ipVersionsOf(entity: JsonObject): readonly (4 | 6)[] {
  const nets = [...stringsOf(entity["nets"]), ...stringsOf(entity["notNets"])].filter(isNet);
  return [...new Set(nets.map((net) => (isIPv4(net.split("/")[0] ?? "") ? 4 : 6)))];
}
