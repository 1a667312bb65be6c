import type { ClauseCase } from "./clause";
import { allow, API, DEPOT, deny, gnp, np, PARTNER, SHOP_ALLOWS, STRANGER, tcp, TOOL, WEB } from "./world";

const from = (address: string) => ({ from: address, to: API, what: tcp(8080) });
const RULES = "libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go GetEntityRuleSelector";
const GNP = "libcalico-go/lib/backend/syncersv1/updateprocessors/globalnetworkpolicyprocessor.go";
const SCANNER = "felix/calc/rule_scanner.go";
const END = "default|NetworkPolicy shop/p|end|Deny";
const HIT = "default|NetworkPolicy shop/p|0|Allow";
const GLOBAL_END = "default|GlobalNetworkPolicy p|end|Deny";
const GLOBAL_HIT = "default|GlobalNetworkPolicy p|0|Allow";

const allowing = (source: object) => [np("shop/p", { ingress: [allow({ source })] })];
const allowingGlobally = (source: object) => [gnp("p", { ingress: [allow({ source })] })];

/** Selectors, namespaces, accounts, services and sets. */
export const SELECTOR_CASES: readonly ClauseCase[] = [
  {
    clause: "selector",
    name: "in a namespaced policy means its own namespace",
    cites: RULES,
    manifests: allowing({ selector: "has(app)" }),
    asked: from(TOOL),
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "selector",
    name: "in a global policy means any",
    cites: RULES,
    manifests: allowingGlobally({ selector: "app != 'web'" }),
    asked: from(TOOL),
    verdict: "allow",
    hits: [GLOBAL_HIT],
  },
  {
    clause: "selector",
    name: "matches no address that nobody has",
    cites: "felix/labelindex/named_port_index.go: IP sets hold endpoints and network sets",
    manifests: allowingGlobally({ selector: "all()" }),
    asked: from(STRANGER),
    verdict: "deny",
    hits: [GLOBAL_END],
  },
  {
    clause: "notSelector",
    name: "alone matches addresses that nobody has",
    cites: `${SCANNER} combineMatchesIfPossible`,
    manifests: allowingGlobally({ notSelector: "app == 'web'" }),
    asked: from(STRANGER),
    verdict: "allow",
    hits: [GLOBAL_HIT],
  },
  {
    clause: "notSelector",
    name: "in a namespaced policy adds a match of its namespace",
    cites: RULES,
    manifests: allowing({ notSelector: "app == 'web'" }),
    asked: from(STRANGER),
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "notSelector",
    name: "beside a selector narrows the same set: another holder of the address may still be in it",
    cites: `${SCANNER} combineMatchesIfPossible: (positive) && (!(negated))`,
    manifests: [
      {
        apiVersion: "projectcalico.org/v3",
        kind: "GlobalNetworkSet",
        metadata: { name: "s", labels: { kind: "s" } },
        spec: { nets: [`${WEB}/32`] },
      },
      ...allowingGlobally({ selector: "has(app) || has(kind)", notSelector: "app == 'web'" }),
    ],
    asked: from(WEB),
    verdict: "allow",
    hits: [GLOBAL_HIT],
  },
  {
    clause: "rule namespaceSelector",
    name: "takes the place of the policy's own namespace",
    cites: RULES,
    manifests: allowing({ namespaceSelector: "team == 'ops'", selector: "app == 'tool'" }),
    asked: from(TOOL),
    verdict: "allow",
    hits: [HIT],
  },
  {
    clause: "rule namespaceSelector",
    name: "all() means whatever has a namespace",
    cites: `${RULES}: has(projectcalico.org/namespace)`,
    manifests: allowingGlobally({ namespaceSelector: "all()" }),
    asked: from(PARTNER),
    verdict: "deny",
    hits: [GLOBAL_END],
  },
  {
    clause: "global()",
    name: "means what has none",
    cites: `${RULES}: !has(projectcalico.org/namespace)`,
    manifests: allowing({ namespaceSelector: "global()" }),
    asked: from(PARTNER),
    verdict: "allow",
    hits: [HIT],
  },
  {
    clause: "global()",
    name: "and no pod",
    cites: `${RULES}: !has(projectcalico.org/namespace)`,
    manifests: allowing({ namespaceSelector: "global()" }),
    asked: from(WEB),
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "policy namespaceSelector",
    name: "chooses by the namespace's labels",
    cites: GNP,
    manifests: [gnp("p", { selector: "all()", namespaceSelector: "team == 'ops'", ingress: [deny()] })],
    asked: from(WEB),
    verdict: "allow",
    hits: [SHOP_ALLOWS],
  },
  {
    clause: "serviceAccountSelector",
    name: "chooses by the account's labels",
    cites: GNP,
    manifests: [gnp("p", { selector: "", serviceAccountSelector: "role == 'backend'", ingress: [deny()] })],
    asked: from(WEB),
    verdict: "deny",
    hits: ["default|GlobalNetworkPolicy p|0|Deny"],
  },
  {
    clause: "serviceAccountSelector",
    name: "and passes over pods of others",
    cites: GNP,
    manifests: [gnp("p", { selector: "", serviceAccountSelector: "role == 'backend'", ingress: [deny()] })],
    asked: { ...from(API), to: WEB },
    verdict: "allow",
    hits: [SHOP_ALLOWS],
  },
  {
    clause: "service account profile",
    name: "pods inherit the labels of their account",
    cites: "libcalico-go/lib/backend/k8s/conversion/conversion.go ServiceAccountToProfile",
    manifests: [
      gnp("p", { selector: "pcsa.projectcalico.org/name == 'api' && pcsa.role == 'backend'", ingress: [deny()] }),
    ],
    asked: from(WEB),
    verdict: "deny",
    hits: ["default|GlobalNetworkPolicy p|0|Deny"],
  },
  {
    clause: "serviceAccounts in rules",
    name: "names mean accounts of the policy's own namespace",
    cites: `${RULES}, parseServiceAccounts`,
    manifests: allowing({ serviceAccounts: { names: ["default"] } }),
    asked: from(TOOL),
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "serviceAccounts in rules",
    name: "a selector and names must both hold",
    cites: "libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go parseServiceAccounts",
    manifests: [
      np("shop/p", {
        selector: "app == 'web'",
        ingress: [allow({ source: { serviceAccounts: { names: ["api"], selector: "role == 'backend'" } } })],
      }),
    ],
    asked: { ...from(API), to: WEB },
    verdict: "allow",
    hits: [HIT],
  },
  {
    clause: "services in rules",
    name: "as a destination means its endpoints with their ports",
    cites: `${SCANNER} ServiceIncludePorts`,
    manifests: [
      gnp("p", {
        selector: "app == 'web'",
        types: ["Egress"],
        egress: [allow({ destination: { services: { name: "api", namespace: "shop" } } })],
      }),
    ],
    asked: { from: WEB, to: API, what: tcp(8081), at: "source" },
    verdict: "deny",
    hits: [GLOBAL_END],
  },
  {
    clause: "services in rules",
    name: "as a source means their addresses alone",
    cites: `${SCANNER} ServiceIncludePorts`,
    manifests: [
      np("shop/p", {
        selector: "app == 'web'",
        ingress: [allow({ source: { services: { name: "api", namespace: "shop" } } })],
      }),
    ],
    asked: { from: API, to: WEB, what: tcp(8081) },
    verdict: "allow",
    hits: [HIT],
  },
  {
    clause: "network sets",
    name: "a set of a namespace is in it, and inherits its labels",
    cites: "libcalico-go/lib/backend/syncersv1/updateprocessors/networksetprocessor.go convertNetworkSetV2ToV1Value",
    manifests: allowing({ selector: "app == 'web' && pcns.team == 'web'" }),
    asked: from(DEPOT),
    verdict: "allow",
    hits: [HIT],
  },
  {
    clause: "network sets",
    name: "a global one is in none",
    cites: "docs.tigera.io/calico/latest/reference/resources/globalnetworkset",
    manifests: allowing({ selector: "role == 'partner'" }),
    asked: from(PARTNER),
    verdict: "deny",
    hits: [END],
  },
  {
    clause: "network sets",
    name: "and is selected by its labels",
    cites: "docs.tigera.io/calico/latest/reference/resources/globalnetworkset",
    manifests: allowingGlobally({ selector: "role == 'partner'" }),
    asked: from(PARTNER),
    verdict: "allow",
    hits: [GLOBAL_HIT],
  },
];
