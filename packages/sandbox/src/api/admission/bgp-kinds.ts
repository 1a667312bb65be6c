import { isIP } from "node:net";
import { objectOf, stringOf, type JsonObject } from "../../json";
import type { Cause } from "../status";
import { checkSelector } from "./calico-selectors";
import { forbiddenField, wrong } from "./causes";

const MAX_PORT = 65_535;
const specOf = (object: JsonObject): JsonObject => objectOf(object["spec"]);
const isSet = (value: unknown): boolean => value !== undefined && value !== "" && value !== 0;

/** An address, or one with a port: `192.0.2.1:1790`, `[2001:db8::1]:1790`. */
function isPeerAddress(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [, v6, v4, port] = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/u.exec(text) ?? [];
  const isAddress = v6 === undefined ? isIP(v4 ?? "") === 4 : isIP(v6) !== 0;
  return isAddress && Number(port) >= 1 && Number(port) <= MAX_PORT;
}

/** What a BGPPeer must not say together, and what its address looks like (the rules of its CRD). */
export function bgpPeer({ object }: { readonly object: JsonObject }): readonly Cause[] {
  const spec = specOf(object);
  const { node, nodeSelector, peerIP, peerSelector, asNumber, localWorkloadSelector, reachableBy } = spec;
  const never = (field: string, given: unknown, why: string): readonly Cause[] =>
    given === true ? [forbiddenField(`spec.${field}`, why)] : [];
  const address = stringOf(peerIP);
  return [
    ...never("node", isSet(node) && isSet(nodeSelector), "node and nodeSelector cannot both be set"),
    ...never("peerIP", isSet(peerIP) && isSet(peerSelector), "peerIP and peerSelector cannot both be set"),
    ...never("asNumber", isSet(asNumber) && isSet(peerSelector), "asNumber must be empty when peerSelector is set"),
    ...never(
      "peerIP",
      isSet(localWorkloadSelector) && (isSet(peerIP) || isSet(peerSelector)),
      "peerIP and peerSelector must be empty when localWorkloadSelector is set",
    ),
    ...never("reachableBy", isSet(reachableBy) && !isSet(peerIP), "reachableBy must be empty when peerIP is empty"),
    ...never(
      "keepOriginalNextHop",
      spec["keepOriginalNextHop"] === true && spec["nextHopMode"] !== undefined,
      "keepOriginalNextHop and nextHopMode cannot both be set",
    ),
    ...(isSet(localWorkloadSelector) && !isSet(asNumber)
      ? [wrong("spec.asNumber", asNumber ?? 0, "is required when localWorkloadSelector is set")]
      : []),
    ...(address === "" || isPeerAddress(address)
      ? []
      : [wrong("spec.peerIP", peerIP, "must be an IP address, perhaps with a port")]),
    ...checkSelector(nodeSelector, "spec.nodeSelector", "elsewhere"),
    ...checkSelector(peerSelector, "spec.peerSelector", "elsewhere"),
  ];
}

/** Settings of the node-to-node mesh mean nothing where it is off. */
export function bgpConfiguration({ object }: { readonly object: JsonObject }): readonly Cause[] {
  const spec = specOf(object);
  if (spec["nodeToNodeMeshEnabled"] !== false) return [];
  return ["nodeMeshPassword", "nodeMeshMaxRestartTime"]
    .filter((field) => spec[field] !== undefined)
    .map((field) => forbiddenField(`spec.${field}`, "cannot be set when nodeToNodeMeshEnabled is false"));
}
