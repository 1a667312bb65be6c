import fc from "fast-check";
import type { Fields, Manifest } from "./cluster";
import { defined, seldom } from "./arbitrary-rule";
import { labelSelector } from "./arbitrary-selector";

const namespaces = fc.oneof(fc.constant({}), labelSelector("team"));
const pods = fc
  .record({ namespaceSelector: namespaces, podSelector: labelSelector("app", "extra", "set") })
  .map((selected): Fields => ({ pods: selected }));
const peer = fc.oneof(
  namespaces.map((selector): Fields => ({ namespaces: selector })),
  pods,
);

const networks = fc.constantFrom<Fields>(
  { networks: ["10.2.0.0/16", "fd00:2::/32"] },
  { networks: ["0.0.0.0/0"] },
  { networks: ["10.1.0.2/31"] },
);

/** What Calico cannot convert is among them. */
const protocol = fc.constantFrom<Fields>(
  { tcp: { destinationPort: { number: 80 } } },
  { tcp: { destinationPort: { range: { start: 80, end: 81 } } } },
  { tcp: { destinationPort: { number: 81 } } },
  { udp: { destinationPort: { number: 53 } } },
  { sctp: { destinationPort: { number: 80 } } },
  { destinationNamedPort: "web" },
);

const rule = (peers: "from" | "to"): fc.Arbitrary<Fields> =>
  fc
    .record({
      action: fc.constantFrom("Accept", "Deny", "Pass"),
      peers: fc.array(
        peers === "from" ? peer : fc.oneof({ weight: 3, arbitrary: peer }, { weight: 1, arbitrary: networks }),
        { minLength: 1, maxLength: 2 },
      ),
      protocols: seldom(fc.array(protocol, { minLength: 1, maxLength: 3 }), 2),
    })
    .map(({ action, peers: drawn, protocols }) => defined({ action, [peers]: drawn, protocols }));

/** A ClusterNetworkPolicy, of v1alpha2. */
export const clusterPolicy: fc.Arbitrary<Manifest> = fc
  .record({
    name: fc.constantFrom("a", "ab", "b"),
    tier: fc.constantFrom("Admin", "Admin", "Baseline"),
    priority: fc.constantFrom(0, 1, 1000),
    subject: peer,
    ingress: fc.array(rule("from"), { maxLength: 2, size: "max" }),
    egress: fc.array(rule("to"), { maxLength: 2, size: "max" }),
  })
  .map(({ name, ...spec }) => ({
    apiVersion: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    metadata: { name },
    spec,
  }));
