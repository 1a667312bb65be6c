import type { EndpointPort, HostEndpoint } from "../model/policy";
import { protocolHasPorts } from "../model/protocol";
import { parseAddress } from "../net/address";
import { PLAIN_NAME, readMetadata } from "./metadata";
import { requireName } from "./names";
import { readProtocol } from "./port";
import {
  complain,
  field,
  isPresent,
  readInteger,
  readList,
  readObject,
  readString,
  readStrings,
  rejectRepeats,
  type Reader,
} from "./reader";

const INTERFACE_NAME = /^[a-zA-Z0-9_.-]{1,15}$/;
const PORT_NAME = /^(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*$/;

function readPortOfEndpoint(reader: Reader): EndpointPort | undefined {
  readObject(reader, ["name", "protocol", "port"]);
  const name = readString(field(reader, "name")) ?? "";
  if (name.length > 15 || !PORT_NAME.test(name)) {
    const hint = "1 to 15 lower-case letters, digits and -, with one letter at least";
    complain(field(reader, "name"), { code: "invalid-port-name", message: `\`${name}\` is not a port name`, hint });
  }
  const protocol = readProtocol(field(reader, "protocol"));
  if (protocol === undefined ? !isPresent(field(reader, "protocol")) : !protocolHasPorts(protocol)) {
    complain(field(reader, "protocol"), {
      code: "ports-need-protocol",
      message: "a port needs protocol TCP, UDP or SCTP",
    });
  }
  const port = readInteger(field(reader, "port"), { min: 1, max: 65_535 });
  if (port === undefined && !isPresent(field(reader, "port"))) {
    complain(reader, { code: "missing-port", message: "the port has no number" });
  }
  return protocol !== undefined && port !== undefined ? { name, protocol, port } : undefined;
}

/** What a HostEndpoint's `spec` holds. */
export type HostEndpointSpec = Pick<HostEndpoint, "node" | "interfaceName" | "expectedIps" | "profiles" | "ports">;

/** Reads the `spec` of a HostEndpoint. */
export function readHostEndpointSpec(spec: Reader): HostEndpointSpec {
  readObject(spec, ["node", "interfaceName", "expectedIPs", "profiles", "ports"]);
  const node = readString(field(spec, "node")) ?? "";
  const interfaceName = readString(field(spec, "interfaceName")) ?? "";
  const addresses = readStrings(field(spec, "expectedIPs"));
  const profiles = readStrings(field(spec, "profiles"));
  rejectRepeats(addresses);
  rejectRepeats(profiles);
  if (node === "") complain(field(spec, "node"), { code: "missing-node", message: "a host endpoint names its node" });
  else requireName(field(spec, "node"), node);
  if (interfaceName === "" && addresses.length === 0) {
    complain(spec, { code: "missing-interface", message: "a host endpoint needs interfaceName or expectedIPs" });
  }
  if (interfaceName !== "" && interfaceName !== "*" && !INTERFACE_NAME.test(interfaceName)) {
    complain(field(spec, "interfaceName"), {
      code: "invalid-interface",
      message: `\`${interfaceName}\` is not an interface`,
    });
  }
  for (const { at, text } of addresses) {
    if (!parseAddress(text)) complain(at, { code: "invalid-address", message: `\`${text}\` is not an address` });
  }
  for (const { at, text } of profiles) requireName(at, text);
  return {
    node,
    interfaceName,
    expectedIps: addresses.map(({ text }) => text),
    profiles: profiles.map(({ text }) => text),
    ports: readList(field(spec, "ports")).flatMap((at) => readPortOfEndpoint(at) ?? []),
  };
}

/** Reads a HostEndpoint of `projectcalico.org/v3`. */
export function readHostEndpoint(root: Reader): HostEndpoint {
  const { ref, labels } = readMetadata(root, PLAIN_NAME);
  return { resource: "host-endpoint", ref, labels, ...readHostEndpointSpec(field(root, "spec")) };
}
