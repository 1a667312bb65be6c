import { numberOf, objectsOf, stringsOf, valueAt } from "../../json";
import type { Cause } from "../status";
import { isCidr } from "./addresses";
import type { Subject } from "./calico-kinds";
import { wrong } from "./causes";

/** The rules that the CustomResourceDefinition writes in CEL: ranges of ports run upwards, networks are CIDRs. */
export function clusterNetworkPolicyRule({ object }: Subject): readonly Cause[] {
  return ["ingress", "egress"].flatMap((direction) =>
    objectsOf(valueAt(object, "spec", direction)).flatMap((rule, at) => {
      const field = `spec.${direction}[${at}]`;
      return [
        ...objectsOf(rule["protocols"]).flatMap((protocol, index) => ranges(protocol, `${field}.protocols[${index}]`)),
        ...objectsOf(rule["to"]).flatMap((peer, index) => networks(peer, `${field}.to[${index}].networks`)),
      ];
    }),
  );
}

function ranges(protocol: unknown, field: string): readonly Cause[] {
  return ["tcp", "udp", "sctp"].flatMap((name) => {
    const range = valueAt(protocol, name, "destinationPort", "range");
    if (range === undefined) return [];
    const upwards = numberOf(valueAt(range, "start"), 0) < numberOf(valueAt(range, "end"), 0);
    return upwards
      ? []
      : [wrong(`${field}.${name}.destinationPort.range`, range, "Start port must be less than End port")];
  });
}

function networks(peer: unknown, field: string): readonly Cause[] {
  return stringsOf(valueAt(peer, "networks")).flatMap((network, at) =>
    isCidr(network) ? [] : [wrong(`${field}[${at}]`, network, "Invalid CIDR format provided")],
  );
}
