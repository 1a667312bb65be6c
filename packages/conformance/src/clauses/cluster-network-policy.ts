import { clausesOf } from "../clause";
import { expectHas, expectOk, expectThat } from "../expect";

const DOCS = "https://network-policy-api.sigs.k8s.io/api-overview/";
const POLICIES = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";

const policy = (name: string, spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: "policy.networking.k8s.io/v1alpha2",
  kind: "ClusterNetworkPolicy",
  metadata: { name },
  spec: {
    tier: "Admin",
    priority: 900,
    subject: { namespaces: { matchLabels: { "isthmus.io/conformance": "selects-nothing" } } },
    ...spec,
  },
});

/** ClusterNetworkPolicy, where the cluster serves it. */
export const clusterNetworkPolicyClauses = clausesOf("cluster-network-policy", DOCS, {
  "keeps-what-was-written": {
    says: "a ClusterNetworkPolicy answers tier, priority, subject and rules as they were written",
    needs: ["cluster-network-policy"],
    check: async (workspace) => {
      const body = policy(workspace.name("cnp"), {
        egress: [{ name: "none", action: "Deny", to: [{ networks: ["192.0.2.0/24"] }] }],
      });
      const answer = expectOk(await workspace.create(POLICIES, body));
      expectHas(answer.body, { spec: body.spec }, "the policy");
    },
  },
  "refuses-a-priority-out-of-range": {
    says: "priority is from 0 to 1000",
    needs: ["cluster-network-policy"],
    check: async (workspace) => {
      const { code } = await workspace.create(POLICIES, policy(workspace.name("cnp"), { priority: 1001 }));
      expectThat(code === 422, "it is refused", code);
    },
  },
  "refuses-another-tier": {
    says: "tier is Admin or Baseline",
    needs: ["cluster-network-policy"],
    check: async (workspace) => {
      const { code } = await workspace.create(POLICIES, policy(workspace.name("cnp"), { tier: "Other" }));
      expectThat(code === 422, "it is refused", code);
    },
  },
});
