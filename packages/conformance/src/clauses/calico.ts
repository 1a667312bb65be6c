import { listAt, textAt } from "@isthmus/k8s";
import type { ApiUnderTest } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectThat } from "../expect";
import { calico, createTier, LAST, refused, RESOURCES, TIERS, V3 } from "./calico-objects";
import { MERGE, patch } from "./requests";

const GLOBAL_SETS = `/apis/${V3}/globalnetworksets`;

/** Tiers, network sets and pools, as Calico's API serves them to others. */
export const calicoClauses = clausesOf("calico", RESOURCES, {
  "serves-the-kinds-in-use": {
    says: "projectcalico.org/v3 serves policies, network sets, pools and what configures them, namespaced where they are",
    needs: ["calico"],
    check: async ({ api }) => {
      await expectServed(api, {
        networkpolicies: true,
        globalnetworkpolicies: false,
        networksets: true,
        globalnetworksets: false,
        ippools: false,
        clusterinformations: false,
        hostendpoints: false,
        felixconfigurations: false,
      });
    },
  },
  "serves-tiers": {
    says: "tiers are served, and are of no namespace",
    source: `${RESOURCES}/tier`,
    needs: ["calico-tiers"],
    check: ({ api }) => expectServed(api, { tiers: false }),
  },
  "serves-staged-policies": {
    says: "the three kinds of staged policies are served, namespaced as the policies that they stage",
    source: `${RESOURCES}/stagednetworkpolicy`,
    needs: ["calico-staged"],
    check: ({ api }) =>
      expectServed(api, {
        stagednetworkpolicies: true,
        stagedglobalnetworkpolicies: false,
        stagedkubernetesnetworkpolicies: true,
      }),
  },
  "has-a-default-tier": {
    says: "the tier default exists, has the order 1,000,000 and denies at its end",
    source: `${RESOURCES}/tier`,
    needs: ["calico-tiers"],
    check: async ({ api }) => {
      const answer = expectOk(await api.ask("GET", `${TIERS}/default`));
      expectHas(answer.body, { spec: { order: 1_000_000, defaultAction: "Deny" } }, "the default tier");
    },
  },
  "default-tier-cannot-be-deleted": {
    says: "the tier default cannot be deleted, not even in a dry run",
    source: `${RESOURCES}/tier`,
    needs: ["calico-native"],
    check: async ({ api }) => {
      const answer = await api.ask("DELETE", `${TIERS}/default?dryRun=All`);
      expectThat(refused(answer), "the deletion is refused", answer.code);
    },
  },
  "tier-keeps-its-order": {
    says: "a tier answers order and defaultAction as they were written",
    source: `${RESOURCES}/tier`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const name = await createTier(workspace);
      const answer = expectOk(await workspace.api.ask("GET", `${TIERS}/${name}`));
      expectHas(answer.body, { spec: { order: LAST, defaultAction: "Pass" } }, "the tier");
    },
  },
  "tier-denies-by-default": {
    says: "a tier without defaultAction denies at its end",
    source: `${RESOURCES}/tier`,
    needs: ["calico-native"],
    check: async (workspace) => {
      const answer = await workspace.create(TIERS, calico("Tier", workspace.name("plain"), { order: LAST }));
      expectHas(expectOk(answer).body, { spec: { defaultAction: "Deny" } }, "the tier");
    },
  },
  "tier-refuses-another-default": {
    says: "a defaultAction that is neither Deny nor Pass is refused",
    source: `${RESOURCES}/tier`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const body = calico("Tier", workspace.name("odd"), { order: LAST, defaultAction: "Log" });
      const answer = await workspace.create(TIERS, body);
      expectThat(refused(answer), "it is refused", answer.code);
    },
  },
  "network-set-keeps-its-nets": {
    says: "a NetworkSet answers its nets, and refuses what is no address",
    source: `${RESOURCES}/networkset`,
    needs: ["calico"],
    check: async (workspace) => {
      const sets = workspace.inGroup(V3, "networksets");
      const spec = { nets: ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"] };
      const answer = expectOk(await workspace.api.ask("POST", sets, { body: calico("NetworkSet", "kept", spec) }));
      expectHas(answer.body, { spec }, "the set");
      const wrong = await workspace.api.ask("POST", sets, {
        body: calico("NetworkSet", "wrong", { nets: ["192.0.2.0/99"] }),
      });
      expectThat(refused(wrong), "a wrong net is refused", wrong.code);
    },
  },
  "network-set-takes-a-thousand-nets": {
    says: "a GlobalNetworkSet takes a thousand nets, and a label of its own",
    source: `${RESOURCES}/globalnetworkset`,
    needs: ["calico"],
    check: async (workspace) => {
      // Of the range for documentation, and under a label of its own: selectors of the cluster may match a set.
      const nets = Array.from({ length: 1_000 }, (_, at) => `2001:db8:${(at + 1).toString(16)}::/48`);
      const labels = { "isthmus.io/conformance": "networks" };
      const name = workspace.name("set");
      const body = { ...calico("GlobalNetworkSet", name, { nets }), metadata: { name, labels } };
      expectOk(await workspace.create(GLOBAL_SETS, body));
      const answer = expectOk(await workspace.api.ask("GET", `${GLOBAL_SETS}/${name}`));
      expectSame(listAt(answer.body, "spec", "nets").map(String).toSorted(), nets.toSorted(), "the nets");
      expectHas(answer.body, { metadata: { labels } }, "the label");
    },
  },
  "network-set-replaces-by-merge": {
    says: "a merge patch replaces the nets of a set as a whole",
    source: "https://www.rfc-editor.org/rfc/rfc7386",
    needs: ["calico"],
    check: async (workspace) => {
      const sets = workspace.inGroup(V3, "networksets");
      expectOk(
        await workspace.api.ask("POST", sets, { body: calico("NetworkSet", "patched", { nets: ["192.0.2.0/24"] }) }),
      );
      const answer = expectOk(
        await patch(workspace, `${sets}/patched`, { type: MERGE, body: { spec: { nets: ["198.51.100.0/24"] } } }),
      );
      expectSame(listAt(answer.body, "spec", "nets"), ["198.51.100.0/24"], "the nets");
    },
  },
  "pools-say-how-they-route": {
    says: "an IPPool, where the cluster has any, has a cidr, and names its encapsulation by the words known",
    source: `${RESOURCES}/ippool`,
    needs: ["calico"],
    check: async ({ api }) => {
      for (const pool of listAt(expectOk(await api.ask("GET", `/apis/${V3}/ippools`)).body, "items")) {
        expectThat(/^[0-9a-f.:]+\/\d+$/.test(textAt(pool, "spec", "cidr")), "there is a cidr", pool);
        for (const mode of ["ipipMode", "vxlanMode"])
          expectThat(
            ["", "Never", "Always", "CrossSubnet"].includes(textAt(pool, "spec", mode)),
            `${mode} is known`,
            pool,
          );
      }
    },
  },
  "cluster-information-names-the-version": {
    says: "ClusterInformation default says which Calico it is",
    source: "https://docs.tigera.io/calico/latest/reference/resources",
    needs: ["calico", "workloads"],
    check: async ({ api }) => {
      const answer = expectOk(await api.ask("GET", `/apis/${V3}/clusterinformations/default`));
      expectThat(textAt(answer.body, "spec", "calicoVersion") !== "", "there is a version", answer.body["spec"]);
    },
  },
});

async function expectServed(api: ApiUnderTest, namespaced: Readonly<Record<string, boolean>>): Promise<void> {
  const resources = listAt(expectOk(await api.ask("GET", `/apis/${V3}`)).body, "resources");
  for (const [name, inside] of Object.entries(namespaced))
    expectHas(
      resources.find((each) => textAt(each, "name") === name),
      { namespaced: inside },
      name,
    );
}
