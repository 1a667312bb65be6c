import type { EntityRule, Port, ServiceAccountMatch, ServiceMatch } from "../model/policy";
import { formatCidr, parseCidrOrAddress, type Cidr } from "../net/address";
import { readDomains } from "./domain";
import { requireName } from "./names";
import { readPort } from "./port";
import {
  complain,
  field,
  isPresent,
  readList,
  readObject,
  readString,
  readStrings,
  rejectRepeats,
  type Reader,
} from "./reader";
import { readSelector } from "./selector";

const FIELDS = [
  "selector",
  "notSelector",
  "namespaceSelector",
  "nets",
  "notNets",
  "ports",
  "notPorts",
  "serviceAccounts",
  "services",
] as const;

/** Most nets and ports in one list of a rule (Calico's CRDs). */
const MAX_NETS = 256;
const MAX_PORTS = 50;

function readNet(at: Reader, text: string): Cidr | undefined {
  const written = parseCidrOrAddress(text);
  if (!written) {
    const hint = "write an address and a prefix length: 10.0.0.0/8";
    complain(at, { code: "invalid-net", message: `\`${text}\` is not a range of addresses`, hint });
  } else if (!text.includes("/")) {
    const hint = `write ${formatCidr(written.cidr)}`;
    complain(at, { code: "net-without-prefix", message: `\`${text}\` has no prefix length`, hint });
  } else if (!written.exact) {
    const hint = `write ${formatCidr(written.cidr)}`;
    complain(at, { code: "unmasked-net", message: `\`${text}\` has bits set beyond its prefix`, hint });
  }
  return written?.cidr;
}

function readNets(reader: Reader): readonly Cidr[] {
  const texts = readStrings(reader, MAX_NETS);
  rejectRepeats(texts);
  return texts.flatMap(({ at, text }) => readNet(at, text) ?? []);
}

function readNotNets(reader: Reader): readonly Cidr[] {
  const nets = readNets(reader);
  if (nets.some((net) => net.prefix === 0)) {
    const message = "notNets that hold every address match nothing";
    complain(reader, { code: "not-nets-catch-all", message });
  }
  return nets;
}

const readPorts = (reader: Reader): readonly Port[] => readList(reader, MAX_PORTS).flatMap((at) => readPort(at) ?? []);

function readServiceAccounts(reader: Reader): ServiceAccountMatch | undefined {
  if (!isPresent(reader)) return undefined;
  readObject(reader, ["names", "selector"]);
  const names = readStrings(field(reader, "names"));
  rejectRepeats(names);
  for (const { at, text } of names) requireName(at, text);
  const selector = readSelector(field(reader, "selector"), { global: "allowed" });
  return { names: names.map(({ text }) => text), ...(selector && { selector }) };
}

function readServices(reader: Reader): ServiceMatch | undefined {
  if (!isPresent(reader)) return undefined;
  readObject(reader, ["name", "namespace"]);
  const name = readString(field(reader, "name")) ?? "";
  if (name === "") complain(reader, { code: "missing-service-name", message: "services needs the name of a service" });
  else requireName(field(reader, "name"), name);
  const namespace = readString(field(reader, "namespace"));
  if (namespace) requireName(field(reader, "namespace"), namespace);
  return { name, ...(namespace && { namespace }) };
}

/** A service names addresses and ports by itself: nothing else may narrow the same end. */
function checkServices(reader: Reader): void {
  const present = (key: string) => {
    const { value } = field(reader, key);
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== "";
  };
  for (const key of ["namespaceSelector", "selector", "notSelector", "serviceAccounts", "nets", "notNets"]) {
    if (!present(key)) continue;
    const message = `\`${key}\` cannot be combined with services`;
    complain(field(reader, key), { code: "services-combined", message, hint: "split it into two rules" });
  }
}

/** Reads `source` or `destination` of a rule. Of the fields of Calico Enterprise `domains` is understood. */
export function readEntityRule(reader: Reader): EntityRule {
  readObject(reader, FIELDS, ["domains"]);
  const selector = readSelector(field(reader, "selector"), { global: "forbidden" });
  const notSelector = readSelector(field(reader, "notSelector"), { global: "allowed" });
  const namespaceSelector = readSelector(field(reader, "namespaceSelector"), { global: "alone" });
  const serviceAccounts = readServiceAccounts(field(reader, "serviceAccounts"));
  const services = readServices(field(reader, "services"));
  if (services) checkServices(reader);
  return {
    ...(selector && { selector }),
    ...(notSelector && { notSelector }),
    ...(namespaceSelector && { namespaceSelector }),
    nets: readNets(field(reader, "nets")),
    notNets: readNotNets(field(reader, "notNets")),
    ports: readPorts(field(reader, "ports")),
    notPorts: readPorts(field(reader, "notPorts")),
    ...(serviceAccounts && { serviceAccounts }),
    ...(services && { services }),
    domains: readDomains(field(reader, "domains")),
  };
}
