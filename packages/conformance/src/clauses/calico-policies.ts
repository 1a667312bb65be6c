import { listAt, recordAt, textAt } from "@isthmus/k8s";
import type { WatchLine } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import type { Workspace } from "../workspace";
import { bindEverywhere, calico, createPolicy, createTier, NOTHING, refused, RESOURCES, V3 } from "./calico-objects";
import { MERGE, metaOf, patch } from "./requests";

const GLOBAL_POLICIES = `/apis/${V3}/globalnetworkpolicies`;

/** Calico's own API server ends watches of policies whenever a tier comes or changes: its clients watch again. */
async function watchedToTheDeletion({ api, inGroup }: Workspace, from: string): Promise<readonly WatchLine[]> {
  for (let attempt = 1; ; attempt += 1) {
    const watching = await api.watch(
      inGroup(V3, `networkpolicies?watch=1&resourceVersion=${encodeURIComponent(from)}`),
    );
    const deletion = watching.until("the deletion", (seen) => seen.some(({ type }) => type === "DELETED"));
    const cutOff = watching.ended().then(() => undefined);
    const lines = await Promise.race([deletion, attempt < 5 ? cutOff : deletion]);
    watching.stop();
    for (const late of [deletion, cutOff]) late.catch(() => undefined);
    if (lines !== undefined) return lines;
  }
}

/** Calico's policies, and who may write them. */
export const calicoPolicyClauses = clausesOf("calico", RESOURCES, {
  "policy-bears-its-tier": {
    says: "a policy bears its tier as the label projectcalico.org/tier",
    source: `${RESOURCES}/networkpolicy`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const answer = expectOk(await createPolicy(workspace, `${tier}.labelled`));
      expectHas(
        answer.body,
        { metadata: { labels: { "projectcalico.org/tier": tier } }, spec: { tier } },
        "the policy",
      );
    },
  },
  "policy-gets-its-types": {
    says: "types follow from the rules: Ingress without rules, Egress where there are egress rules alone",
    source: `${RESOURCES}/networkpolicy#spec`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const plain = expectOk(await createPolicy(workspace, `${tier}.plain`));
      expectHas(plain.body, { spec: { types: ["Ingress"] } }, "without rules");
      const out = expectOk(await createPolicy(workspace, `${tier}.out`, { egress: [{ action: "Allow" }] }));
      expectHas(out.body, { spec: { types: ["Egress"] } }, "with egress alone");
    },
  },
  "policy-keeps-its-rules": {
    says: "a policy answers its rules as they were written",
    source: `${RESOURCES}/networkpolicy#rule`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const ingress = [
        {
          action: "Allow",
          protocol: "TCP",
          source: { selector: "app == 'web'", namespaceSelector: "all()" },
          destination: { ports: [80, "8000:9000"] },
        },
        { action: "Deny", source: { nets: ["10.0.0.0/8"] }, destination: {} },
      ];
      expectOk(await createPolicy(workspace, `${tier}.ruled`, { ingress, order: 10 }));
      const answer = expectOk(await workspace.api.ask("GET", workspace.inGroup(V3, `networkpolicies/${tier}.ruled`)));
      expectSame(listAt(answer.body, "spec", "ingress").map(withoutEmpty), ingress.map(withoutEmpty), "the rules");
      expectHas(answer.body, { spec: { order: 10 } }, "the order");
    },
  },
  "policy-refuses-a-selector-that-it-cannot-read": {
    says: "a selector that cannot be parsed is refused by Calico's own API server",
    source: `${RESOURCES}/networkpolicy#spec`,
    needs: ["calico-aggregated", "calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const answer = await createPolicy(workspace, `${tier}.unread`, { selector: "app = = 'web'" });
      expectThat(refused(answer), "it is refused", answer.code);
    },
  },
  "policy-refuses-ports-without-a-protocol": {
    says: "ports in a rule need the protocol TCP, UDP or SCTP, to Calico's own API server",
    source: `${RESOURCES}/networkpolicy#ports`,
    needs: ["calico-aggregated", "calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const answer = await createPolicy(workspace, `${tier}.portless`, {
        ingress: [{ action: "Allow", destination: { ports: [80] } }],
      });
      expectThat(refused(answer), "it is refused", answer.code);
    },
  },
  "policy-refuses-another-action": {
    says: "an action that is not Allow, Deny, Log or Pass is refused",
    source: `${RESOURCES}/networkpolicy#rule`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const answer = await createPolicy(workspace, `${tier}.acted`, { ingress: [{ action: "Drop" }] });
      expectThat(refused(answer), "it is refused", answer.code);
    },
  },
  "policy-needs-a-tier-that-exists": {
    says: "Calico's own API server refuses a policy of a tier that does not exist",
    source: `${RESOURCES}/networkpolicy#spec`,
    needs: ["calico-aggregated", "calico-tiers"],
    check: async (workspace) => {
      const tier = workspace.name("absent");
      const answer = await createPolicy(workspace, `${tier}.lost`);
      expectThat(refused(answer) || answer.code === 404, "it is refused", answer.code);
    },
  },
  "policies-of-a-tier-are-found-by-label": {
    says: "policies are listed by the label of their tier",
    source: `${RESOURCES}/networkpolicy`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const [mine, other] = [await createTier(workspace), await createTier(workspace)];
      expectOk(await createPolicy(workspace, `${mine}.here`));
      expectOk(await createPolicy(workspace, `${other}.there`));
      const at = workspace.inGroup(V3, `networkpolicies?labelSelector=projectcalico.org%2Ftier%3D${mine}`);
      const names = listAt(expectOk(await workspace.api.ask("GET", at)).body, "items").map((each) =>
        textAt(each, "metadata", "name"),
      );
      expectSame(names, [`${mine}.here`], "the names");
    },
  },
  "policy-is-watched": {
    says: "a watch of policies tells what is created, changed and deleted",
    source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes",
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const { api, inGroup } = workspace;
      const tier = await createTier(workspace);
      const from = metaOf(expectOk(await api.ask("GET", inGroup(V3, "networkpolicies"))), "resourceVersion");
      expectOk(await createPolicy(workspace, `${tier}.seen`));
      expectOk(
        await patch(workspace, inGroup(V3, `networkpolicies/${tier}.seen`), {
          type: MERGE,
          body: { spec: { order: 7 } },
        }),
      );
      expectOk(await api.ask("DELETE", inGroup(V3, `networkpolicies/${tier}.seen`)));
      const lines = await watchedToTheDeletion(workspace, from);
      const types = lines.filter(({ type }) => type !== "BOOKMARK").map(({ type }) => type);
      expectSame([types[0], types.at(-1)], ["ADDED", "DELETED"], "the first and the last event");
      expectThat(types.slice(1, -1).includes("MODIFIED"), "the change is told between them", types);
    },
  },
  "policy-update-conflicts-as-others-do": {
    says: "a replacement of a policy with an old resourceVersion answers 409 Conflict",
    source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions",
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const first = expectOk(await createPolicy(workspace, `${tier}.raced`));
      const at = workspace.inGroup(V3, `networkpolicies/${tier}.raced`);
      expectOk(await patch(workspace, at, { type: MERGE, body: { spec: { order: 7 } } }));
      expectStatus(await workspace.api.ask("PUT", at, { body: first.body }), 409, "Conflict");
    },
  },
  "policy-deletion-keeps-another-uid": {
    says: "a deletion of a policy with the uid of another answers 409 Conflict and deletes nothing",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/",
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      expectOk(await createPolicy(workspace, `${tier}.exact`));
      const at = workspace.inGroup(V3, `networkpolicies/${tier}.exact`);
      const body = {
        kind: "DeleteOptions",
        apiVersion: "v1",
        preconditions: { uid: "00000000-0000-4000-8000-000000000000" },
      };
      expectStatus(await workspace.api.ask("DELETE", at, { body }), 409, "Conflict");
      expectOk(await workspace.api.ask("GET", at));
    },
  },
  "global-policy-takes-a-namespace-selector": {
    says: "a GlobalNetworkPolicy answers tier, selectors and order as they were written",
    source: `${RESOURCES}/globalnetworkpolicy`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const spec = { tier, selector: NOTHING, namespaceSelector: "all()", order: 5 };
      const answer = expectOk(
        await workspace.create(GLOBAL_POLICIES, calico("GlobalNetworkPolicy", `${tier}.global`, spec)),
      );
      expectHas(answer.body, { spec }, "the policy");
    },
  },
  "global-policy-refuses-untracked-with-pre-dnat": {
    says: "doNotTrack and preDNAT exclude each other",
    source: `${RESOURCES}/globalnetworkpolicy#spec`,
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const spec = {
        tier,
        selector: NOTHING,
        doNotTrack: true,
        preDNAT: true,
        applyOnForward: true,
        types: ["Ingress"],
      };
      const answer = await workspace.create(GLOBAL_POLICIES, calico("GlobalNetworkPolicy", `${tier}.both`, spec));
      expectThat(refused(answer), "it is refused", answer.code);
    },
  },
  "staged-policy-keeps-its-action": {
    says: "a StagedNetworkPolicy has the stagedAction Set where it names none, takes Learn and Ignore, and no unknown one",
    source: `${RESOURCES}/stagednetworkpolicy`,
    needs: ["calico-staged", "calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const create = (hint: string, spec = {}) =>
        workspace.create(
          workspace.inGroup(V3, "stagednetworkpolicies"),
          calico("StagedNetworkPolicy", `${tier}.${hint}`, { tier, selector: NOTHING, ...spec }),
        );
      expectHas(expectOk(await create("plain")).body, { spec: { stagedAction: "Set" } }, "without an action");
      for (const stagedAction of ["Learn", "Ignore"])
        expectHas(
          expectOk(await create(stagedAction.toLowerCase(), { stagedAction })).body,
          { spec: { stagedAction } },
          stagedAction,
        );
      const odd = await create("odd", { stagedAction: "Maybe" });
      expectThat(refused(odd), "another action is refused", odd.code);
    },
  },
  "tier-rule-asks-for-the-tier": {
    says: "to create a policy one needs get on its tier and create on policies of that tier",
    source: "https://docs.tigera.io/calico/latest/network-policy/policy-tiers/rbac-tiered-policies",
    needs: ["calico-tiers"],
    check: async (workspace) => {
      const tier = await createTier(workspace);
      const account = await workspace.createAccount("author");
      const policies = workspace.inGroup(V3, "networkpolicies");
      const body = calico("NetworkPolicy", `${tier}.asked`, { tier, selector: NOTHING });
      const resources = {
        apiGroups: ["projectcalico.org"],
        resources: ["networkpolicies", "tier.networkpolicies"],
        verbs: ["*"],
      };
      await bindEverywhere(workspace, account.name, [resources]);
      // A list is no measure of it: without any tier, Calico's own API server refuses one.
      const spec = {
        resourceAttributes: {
          group: "projectcalico.org",
          resource: "tier.networkpolicies",
          verb: "create",
          namespace: workspace.namespace,
        },
      };
      const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec };
      await workspace.eventually(
        "the role is in force",
        () => account.api.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { body: review }),
        ({ body: answered }) => recordAt(answered, "status")["allowed"] === true,
      );
      workspace.takesAway(`${policies}/${tier}.asked`);
      const before = await account.api.ask("POST", policies, { body });
      expectThat(refused(before), "without the tier it is refused", before.code);
      await bindEverywhere(workspace, account.name, [
        { apiGroups: ["projectcalico.org"], resources: ["tiers"], resourceNames: [tier], verbs: ["get"] },
      ]);
      await workspace.eventually(
        "with the tier it is created",
        () => account.api.ask("POST", policies, { body }),
        ({ code }) => code === 201,
      );
    },
  },
});

/** A rule without the empty ends that some servers answer and others leave out. */
function withoutEmpty(rule: unknown): unknown {
  const entries = Object.entries(recordAt(rule)).filter(([, value]) => JSON.stringify(value) !== "{}");
  return Object.fromEntries(entries);
}
