import { conditions, kind, labelSelector } from "./meta";
import { listOf, object, oneFieldOf, oneOf, setOf, someOf, text, type Schema } from "./types";

const MOST = 25;

const portNumber: Schema = { type: "integer", minimum: 1, maximum: 65_535 };
const port = oneFieldOf({ number: portNumber, range: object({ "start!": portNumber, "end!": portNumber }) });
const protocolPorts = { ...object({ destinationPort: port }), minProperties: 1 };

const protocol = oneFieldOf({
  destinationNamedPort: text,
  tcp: protocolPorts,
  udp: protocolPorts,
  sctp: protocolPorts,
});

const pods = object({ namespaceSelector: labelSelector, "podSelector!": labelSelector });
const network: Schema = { type: "string", maxLength: 43 };

const rule = (peers: Readonly<Record<string, Schema>>): Schema =>
  object({
    "action!": oneOf("Accept", "Deny", "Pass"),
    name: { type: "string", maxLength: 100 },
    protocols: someOf(protocol, MOST),
    ...peers,
  });

/** ClusterNetworkPolicy as the standard channel of network-policy-api v0.2.0 has it. */
export const clusterNetworkPolicy = kind({
  "spec!": object({
    "tier!": oneOf("Admin", "Baseline"),
    "priority!": { type: "integer", minimum: 0, maximum: 1_000 },
    "subject!": oneFieldOf({ namespaces: labelSelector, pods }),
    ingress: listOf(rule({ "from!": someOf(oneFieldOf({ namespaces: labelSelector, pods }), MOST) }), MOST),
    egress: listOf(
      rule({
        "to!": someOf(
          oneFieldOf({ namespaces: labelSelector, pods, networks: { ...setOf(network, MOST), minItems: 1 } }),
          MOST,
        ),
      }),
      MOST,
    ),
  }),
  status: object({ "conditions!": conditions }),
});
