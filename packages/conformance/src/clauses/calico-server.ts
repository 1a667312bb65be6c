import { listAt, recordAt, textAt } from "@isthmus/k8s";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import { bindEverywhere, createPolicy, createTier, RESOURCES, V3 } from "./calico-objects";
import { metaOf } from "./requests";

const TIERED_RBAC = "https://docs.tigera.io/calico/latest/network-policy/policy-tiers/rbac-tiered-policies";
const STORAGE = "crd.projectcalico.org/v1";

/** What Calico's own API server does besides, and what is seen of its storage where the agent must read that. */
export const calicoServerClauses = clausesOf("calico", RESOURCES, {
  "server-is-registered": {
    says: "the APIService v3.projectcalico.org names the service behind it and is available",
    source: "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/",
    needs: ["calico-aggregated"],
    check: async ({ api }) => {
      const answer = expectOk(await api.ask("GET", "/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org"));
      expectHas(answer.body, { spec: { group: "projectcalico.org", version: "v3" } }, "the APIService");
      expectThat(textAt(answer.body, "spec", "service", "name") !== "", "it names a service", answer.body["spec"]);
      const available = listAt(answer.body, "status", "conditions").find(
        (each) => textAt(each, "type") === "Available",
      );
      expectHas(available, { status: "True" }, "the condition Available");
    },
  },
  "reading-asks-for-the-tier": {
    says: "Calico's own API server shows policies only of tiers that one may get, and refuses them by name otherwise",
    source: TIERED_RBAC,
    needs: ["calico-aggregated", "calico-tiers"],
    check: async (workspace) => {
      const [mine, other] = [await createTier(workspace), await createTier(workspace)];
      expectOk(await createPolicy(workspace, `${mine}.shown`));
      expectOk(await createPolicy(workspace, `${other}.hidden`));
      const account = await workspace.createAccount("reader");
      await bindEverywhere(workspace, account.name, [
        { apiGroups: ["projectcalico.org"], resources: ["networkpolicies", "tier.networkpolicies"], verbs: ["*"] },
        { apiGroups: ["projectcalico.org"], resources: ["tiers"], resourceNames: [mine], verbs: ["get"] },
      ]);
      const policies = workspace.inGroup(V3, "networkpolicies");
      const listed = await workspace.eventually(
        "the account may list",
        () => account.api.ask("GET", policies),
        ({ code }) => code === 200,
      );
      expectSame(
        listAt(listed.body, "items").map((each) => textAt(each, "metadata", "name")),
        [`${mine}.shown`],
        "the names",
      );
      expectStatus(await account.api.ask("GET", `${policies}/${other}.hidden`), 403, "Forbidden");
      const label = encodeURIComponent(`projectcalico.org/tier=${other}`);
      expectStatus(await account.api.ask("GET", `${policies}?labelSelector=${label}`), 403, "Forbidden");
    },
  },
  "storage-shows-the-same-policy": {
    says: "a policy is found in Calico's storage with its spec, its version and a UID of its own",
    source: "https://docs.tigera.io/calico/latest/operations/install-apiserver",
    needs: ["calico-aggregated", "calico-storage", "calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const created = expectOk(await createPolicy(workspace, `${tier}.kept`, { order: 12 }));
      const stored = listAt(
        expectOk(await workspace.api.ask("GET", workspace.inGroup(STORAGE, "networkpolicies"))).body,
        "items",
      );
      const [found] = stored;
      expectThat(stored.length === 1, "one policy is stored", stored.length);
      expectHas(found, { spec: { tier, order: 12 } }, "the stored policy");
      expectSame(textAt(found, "metadata", "resourceVersion"), metaOf(created, "resourceVersion"), "the version");
      expectThat(textAt(found, "metadata", "uid") !== metaOf(created, "uid"), "the UID is another", found);
    },
  },
  "storage-serves-the-kinds-in-use": {
    says: "crd.projectcalico.org/v1 lists policies, network sets, pools and what configures them, with their spec",
    source: "https://docs.tigera.io/calico/latest/operations/install-apiserver",
    needs: ["calico-storage"],
    check: async ({ api }) => {
      const names = listAt(expectOk(await api.ask("GET", `/apis/${STORAGE}`)).body, "resources");
      const served = names.map((each) => textAt(each, "name"));
      const wanted = ["networkpolicies", "globalnetworkpolicies", "networksets", "globalnetworksets", "ippools"];
      const configuring = ["clusterinformations", "felixconfigurations", "hostendpoints"];
      for (const plural of [...wanted, ...configuring]) {
        expectThat(served.includes(plural), `${plural} are served`, served);
        for (const item of listAt(expectOk(await api.ask("GET", `/apis/${STORAGE}/${plural}?limit=5`)).body, "items"))
          expectThat(Object.keys(recordAt(item, "spec")).length > 0, `${plural} have a spec`, item);
      }
    },
  },
});
