import type { NetworkSet } from "../model/policy";
import { parseCidrOrAddress } from "../net/address";
import { readDomains } from "./domain";
import { PLAIN_NAME, readMetadata } from "./metadata";
import {
  complain,
  field,
  findingsSoFar,
  readObject,
  readStrings,
  rejectRepeats,
  unknownFieldsSince,
  type Reader,
} from "./reader";

/** Calico's own label for the namespace; an object that carried it would pose as one of that namespace. */
const NAMESPACE_LABEL = "projectcalico.org/namespace";

/** Reads a NetworkSet or GlobalNetworkSet of `projectcalico.org/v3`. */
export function readNetworkSet(root: Reader, kind: NetworkSet["kind"]): NetworkSet {
  const { ref, labels } = readMetadata(root, { ...PLAIN_NAME, namespaced: kind === "NetworkSet" });
  if (Object.hasOwn(labels, NAMESPACE_LABEL)) {
    const at = field(field(field(root, "metadata"), "labels"), NAMESPACE_LABEL);
    complain(at, { code: "reserved-label", message: `\`${NAMESPACE_LABEL}\` is Calico's own label` });
  }
  return { resource: "network-set", kind, ref, labels, ...readNetworkSetSpec(field(root, "spec")) };
}

/** Reads the `spec` of a network set. Of the fields of Calico Enterprise `allowedEgressDomains` is understood. */
export function readNetworkSetSpec(spec: Reader): Pick<NetworkSet, "nets" | "allowedEgressDomains" | "unknown"> {
  const since = findingsSoFar(spec);
  readObject(spec, ["nets"], ["allowedEgressDomains"]);
  const texts = readStrings(field(spec, "nets"));
  rejectRepeats(texts);
  const nets = texts.flatMap(({ at, text }) => {
    const written = parseCidrOrAddress(text);
    if (written) return [written.cidr];
    const hint = "write 10.0.0.1 or 10.0.0.0/8";
    complain(at, { code: "invalid-net", message: `\`${text}\` is neither an address nor a range`, hint });
    return [];
  });
  return {
    nets,
    allowedEgressDomains: readDomains(field(spec, "allowedEgressDomains")),
    unknown: unknownFieldsSince(spec, since),
  };
}
