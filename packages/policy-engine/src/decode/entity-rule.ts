import type { EntityRule, Port, ServiceAccountMatch, ServiceMatch } from "../model/policy";
import { formatCidr, parseCidrOrAddress, type Cidr } from "../net/address";
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

/** An end of a rule and what it holds that is not understood. */
export interface DecodedEntity {
  readonly entity: EntityRule;
  readonly unknown: readonly string[];
}

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

function readServiceAccounts(
  reader: Reader,
): { readonly match: ServiceAccountMatch; readonly unknown: readonly string[] } | undefined {
  if (!isPresent(reader)) return undefined;
  const unknown = readObject(reader, ["names", "selector"]);
  const names = readStrings(field(reader, "names"));
  rejectRepeats(names);
  for (const { at, text } of names) requireName(at, text);
  const selector = readSelector(field(reader, "selector"), { global: "allowed" });
  return { match: { names: names.map(({ text }) => text), ...(selector && { selector }) }, unknown };
}

function readServices(
  reader: Reader,
): { readonly match: ServiceMatch; readonly unknown: readonly string[] } | undefined {
  if (!isPresent(reader)) return undefined;
  const unknown = readObject(reader, ["name", "namespace"]);
  const name = readString(field(reader, "name")) ?? "";
  if (name === "") complain(reader, { code: "missing-service-name", message: "services needs the name of a service" });
  else requireName(field(reader, "name"), name);
  const namespace = readString(field(reader, "namespace"));
  return { match: { name, ...(namespace && { namespace }) }, unknown };
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

/** Reads `source` or `destination` of a rule. */
export function readEntityRule(reader: Reader): DecodedEntity {
  const unknown = readObject(reader, FIELDS);
  const selector = readSelector(field(reader, "selector"), { global: "forbidden" });
  const notSelector = readSelector(field(reader, "notSelector"), { global: "allowed" });
  const namespaceSelector = readSelector(field(reader, "namespaceSelector"), { global: "alone" });
  const serviceAccounts = readServiceAccounts(field(reader, "serviceAccounts"));
  const services = readServices(field(reader, "services"));
  if (services) checkServices(reader);
  return {
    entity: {
      ...(selector && { selector }),
      ...(notSelector && { notSelector }),
      ...(namespaceSelector && { namespaceSelector }),
      nets: readNets(field(reader, "nets")),
      notNets: readNotNets(field(reader, "notNets")),
      ports: readPorts(field(reader, "ports")),
      notPorts: readPorts(field(reader, "notPorts")),
      ...(serviceAccounts && { serviceAccounts: serviceAccounts.match }),
      ...(services && { services: services.match }),
      domains: [],
    },
    unknown: [...unknown, ...(serviceAccounts?.unknown ?? []), ...(services?.unknown ?? [])],
  };
}
