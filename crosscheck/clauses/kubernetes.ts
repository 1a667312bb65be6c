import type { Fields } from "../cluster";
import type { ClauseCase } from "./clause";
import {
  allow,
  API,
  API6,
  cnp,
  deny,
  DEPOT,
  gnp,
  knp,
  np,
  PARTNER,
  SHOP_ALLOWS,
  staged,
  STRANGER,
  tcp,
  TOOL,
  udp,
  WEB,
  WEB6,
} from "./world";

const CONVERSION = "libcalico-go/lib/backend/k8s/conversion/conversion.go";
const CNP = "libcalico-go/lib/backend/k8s/conversion/clusternetworkpolicy.go";
const STAGED = "libcalico-go/lib/backend/syncersv1/updateprocessors/stagednetworkpolicyprocessor.go";
const END = "default|KubernetesNetworkPolicy shop/k|end|Deny";
const hit = (index: number): string => `default|KubernetesNetworkPolicy shop/k|${index}|Allow`;
const fromWeb = { from: WEB, to: API, what: tcp(8080) };
const SHOP = { namespaces: { matchLabels: { team: "web" } } };
const NONE = { namespaces: { matchLabels: { team: "none" } } };
const from = (peers: readonly object[], action = "Deny", more: Fields = {}): Fields => ({
  ingress: [{ action, from: peers, ...more }],
});
const admin = (step: string): string => `kube-admin|ClusterNetworkPolicy c|${step}`;

/** Policies of Kubernetes, and what is staged. */
export const KUBERNETES_CASES: readonly ClauseCase[] = [
  {
    clause: "Kubernetes peers",
    name: "pods of the policy's own namespace",
    cites: `${CONVERSION} k8sPeerToCalicoFields`,
    manifests: [knp("shop/k", { ingress: [{ from: [{ podSelector: {} }] }] })],
    asked: { ...fromWeb, from: TOOL },
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "Kubernetes peers",
    name: "pods of selected namespaces, one rule a peer",
    cites: `${CONVERSION} k8sRuleToCalico`,
    manifests: [
      knp("shop/k", {
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { app: "web" } } },
              { namespaceSelector: { matchLabels: { team: "ops" } }, podSelector: { matchLabels: { app: "tool" } } },
            ],
          },
        ],
      }),
    ],
    asked: { ...fromWeb, from: TOOL },
    verdict: "allow",
    hits: [hit(1)],
  },
  {
    clause: "Kubernetes peers",
    name: "and no network set with their labels",
    cites: `${CONVERSION} k8sSelectorToCalico: projectcalico.org/orchestrator == 'k8s'`,
    manifests: [knp("shop/k", { ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] })],
    asked: { ...fromWeb, from: DEPOT },
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "Kubernetes ports",
    name: "endPort makes a range",
    cites: `${CONVERSION} k8sPortToCalico`,
    manifests: [knp("shop/k", { ingress: [{ ports: [{ protocol: "TCP", port: 8000, endPort: 8080 }] }] })],
    asked: fromWeb,
    verdict: "allow",
    hits: [hit(0)],
  },
  {
    clause: "Kubernetes ports",
    name: "one rule a protocol, in the order of their names",
    cites: `${CONVERSION} k8sRuleToCalico: sort.Strings(protocols)`,
    manifests: [
      knp("shop/k", {
        ingress: [
          {
            ports: [
              { protocol: "UDP", port: 53 },
              { protocol: "TCP", port: "http" },
            ],
          },
        ],
      }),
    ],
    asked: { ...fromWeb, what: udp(53) },
    verdict: "allow",
    hits: [hit(1)],
  },
  {
    clause: "ipBlock",
    name: "without its exceptions",
    cites: `${CONVERSION} k8sPeerToCalicoFields`,
    manifests: [
      knp("shop/k", { ingress: [{ from: [{ ipBlock: { cidr: "198.51.100.0/24", except: ["198.51.100.0/28"] } }] }] }),
    ],
    asked: { ...fromWeb, from: PARTNER },
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "ipBlock",
    name: "of IPv6",
    cites: `${CONVERSION} k8sPeerToCalicoFields`,
    manifests: [knp("shop/k", { ingress: [{ from: [{ ipBlock: { cidr: "fd00:1::/64" } }] }] })],
    asked: { ...fromWeb, from: WEB6, to: API6 },
    verdict: "allow",
    hits: [hit(0)],
  },
  {
    clause: "staged policies",
    name: "enforce nothing, and stand among the enforced ones in what is pending",
    cites: "felix/rules/policy.go PolicyToIptablesChains, app-policy/checker/check.go Evaluate",
    manifests: [
      np("shop/p", { order: 2, ingress: [allow()] }),
      staged("StagedGlobalNetworkPolicy", "s", { order: 1, ingress: [deny()] }),
    ],
    asked: fromWeb,
    verdict: "allow",
    hits: ["default|NetworkPolicy shop/p|0|Allow"],
    pending: ["default|StagedGlobalNetworkPolicy s|0|Deny"],
  },
  {
    clause: "staged policies",
    name: "alone do not end a tier",
    cites: "felix/rules/endpoints.go: if all of the policies in a tier are staged …",
    manifests: [staged("StagedNetworkPolicy", "shop/s", { ingress: [] })],
    asked: fromWeb,
    verdict: "allow",
    hits: [SHOP_ALLOWS],
    pending: ["default|StagedNetworkPolicy shop/s|end|Deny"],
  },
  {
    clause: "staged policies",
    name: "of Kubernetes are converted like enforced ones",
    cites: "libcalico-go/lib/backend/syncersv1/updateprocessors/stagedkubernetesnetworkpolicyprocessor.go",
    manifests: [
      {
        ...knp("shop/s", { ingress: [{ from: [{ podSelector: {} }] }] }),
        apiVersion: "projectcalico.org/v3",
        kind: "StagedKubernetesNetworkPolicy",
      },
    ],
    asked: fromWeb,
    verdict: "allow",
    hits: [SHOP_ALLOWS],
    pending: ["default|StagedKubernetesNetworkPolicy shop/s|0|Allow"],
  },
  ...["Learn", "Ignore"].map((stagedAction) => ({
    clause: "stagedAction" as const,
    name: `${stagedAction} is evaluated like Set`,
    cites: `${STAGED} ConvertStagedNetworkPolicyV3ToV1Value: Delete alone is not sent to Felix`,
    manifests: [staged("StagedNetworkPolicy", "shop/s", { stagedAction, ingress: [deny()] })],
    asked: fromWeb,
    verdict: "allow" as const,
    hits: [SHOP_ALLOWS],
    pending: ["default|StagedNetworkPolicy shop/s|0|Deny"],
  })),
  {
    clause: "stagedAction",
    name: "Delete is not",
    cites: `${STAGED} ConvertStagedNetworkPolicyV3ToV1Value`,
    manifests: [
      np("shop/s", { ingress: [deny()] }),
      { ...staged("StagedNetworkPolicy", "shop/s", {}), spec: { stagedAction: "Delete" } },
    ],
    asked: fromWeb,
    verdict: "deny",
    hits: ["default|NetworkPolicy shop/s|0|Deny"],
  },
  {
    clause: "pending end of tier",
    name: "names the first policy, the enforced one the last",
    cites: "app-policy/checker/check.go checkTiers: tierDefaultActionRuleID is set once",
    manifests: [
      np("shop/a", { order: 1, ingress: [] }),
      np("shop/b", { order: 2, ingress: [] }),
      staged("StagedNetworkPolicy", "shop/s", { order: 3, ingress: [] }),
    ],
    asked: fromWeb,
    verdict: "deny",
    hits: ["default|NetworkPolicy shop/b|end|Deny"],
    pending: ["default|NetworkPolicy shop/a|end|Deny"],
  },
  {
    clause: "ClusterNetworkPolicy tiers",
    name: "Admin comes before other tiers",
    cites: `${CNP} clusterNetworkPolicyTier; felix/fv/cluster_network_policy_test.go`,
    manifests: [cnp("c", from([SHOP])), np("shop/p", { ingress: [allow()] })],
    asked: fromWeb,
    verdict: "deny",
    hits: [admin("0|Deny")],
  },
  {
    clause: "ClusterNetworkPolicy tiers",
    name: "Baseline after them",
    cites: `${CNP} clusterNetworkPolicyTier; felix/fv/cluster_network_policy_test.go`,
    manifests: [
      cnp("c", { ...from([SHOP]), tier: "Baseline" }),
      gnp("p", { selector: "app == 'api'", ingress: [{ action: "Pass" }] }),
    ],
    asked: fromWeb,
    verdict: "deny",
    hits: ["default|GlobalNetworkPolicy p|0|Pass", "kube-baseline|ClusterNetworkPolicy c|0|Deny"],
  },
  {
    clause: "ClusterNetworkPolicy tiers",
    name: "the end of its tier passes",
    cites: "docs.tigera.io/calico/latest/network-policy/policy-tiers/tiered-policy#default-tiers",
    manifests: [cnp("c", from([NONE]))],
    asked: fromWeb,
    verdict: "allow",
    hits: [admin("end|Pass"), SHOP_ALLOWS],
  },
  {
    clause: "ClusterNetworkPolicy tiers",
    name: "a direction without rules is not governed",
    cites: `${CNP} clusterNetPolicyTypes`,
    manifests: [cnp("c", { egress: [{ action: "Deny", to: [SHOP] }] })],
    asked: fromWeb,
    verdict: "allow",
    hits: [SHOP_ALLOWS],
  },
  {
    clause: "ClusterNetworkPolicy peers",
    name: "namespaces are whatever lives in them, network sets too",
    cites: `${CNP} combinePortsWithCNPIngressPeers: a peer of namespaces has no pod selector`,
    manifests: [cnp("c", from([NONE, SHOP]))],
    asked: { ...fromWeb, from: DEPOT },
    verdict: "deny",
    hits: [admin("1|Deny")],
  },
  {
    clause: "ClusterNetworkPolicy peers",
    name: "pods are pods",
    cites: `${CNP} combinePortsWithCNPIngressPeers: SelectorPod`,
    manifests: [cnp("c", from([{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: "web" } } } }]))],
    asked: { ...fromWeb, from: DEPOT },
    verdict: "allow",
    hits: [admin("end|Pass"), SHOP_ALLOWS],
  },
  {
    clause: "ClusterNetworkPolicy peers",
    name: "networks are nets",
    cites: `${CNP} combinePortsWithCNPEgressPeers`,
    manifests: [cnp("c", { egress: [{ action: "Deny", to: [{ networks: ["203.0.113.0/24", "fd00::/8"] }] }] })],
    asked: { from: WEB, to: STRANGER, what: tcp(80), at: "source" },
    verdict: "deny",
    hits: [admin("0|Deny")],
  },
  {
    clause: "ClusterNetworkPolicy protocols",
    name: "one rule each, in the order of their names, with ports or ranges",
    cites: `${CNP} unpackCNPProtocols`,
    manifests: [
      cnp(
        "c",
        from([SHOP], "Accept", {
          protocols: [
            { udp: { destinationPort: { number: 53 } } },
            { tcp: { destinationPort: { range: { start: 8000, end: 8080 } } } },
          ],
        }),
      ),
    ],
    asked: { ...fromWeb, what: udp(53) },
    verdict: "allow",
    hits: [admin("1|Allow")],
  },
  {
    clause: "ClusterNetworkPolicy fails closed",
    name: "a Deny that cannot be converted denies all",
    cites: `${CNP} k8sClusterNetPolHandleFailedRules`,
    manifests: [cnp("c", from([NONE], "Deny", { protocols: [{ destinationNamedPort: "http" }] }))],
    asked: fromWeb,
    verdict: "deny",
    hits: [admin("0|Deny")],
  },
  {
    clause: "ClusterNetworkPolicy fails closed",
    name: "an Accept is left out",
    cites: `${CNP} k8sClusterNetPolHandleFailedRules`,
    manifests: [cnp("c", from([SHOP], "Accept", { protocols: [{ destinationNamedPort: "http" }] }))],
    asked: fromWeb,
    verdict: "allow",
    hits: [SHOP_ALLOWS],
  },
];
