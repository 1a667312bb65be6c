import { recordAt, textAt } from "@isthmus/k8s";
import type { Answered } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import { FINALIZER_PREFIX, type Workspace } from "../workspace";
import { createMap, deployment, MERGE, metaOf, patch } from "./requests";

const DOCS = "https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-deletion";
const FINALIZERS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/";
const COLLECTION = "https://kubernetes.io/docs/concepts/architecture/garbage-collection/";
const FINALIZER = `${FINALIZER_PREFIX}held`;

const gone = ({ code }: Answered): boolean => code === 404;

async function createOwned(workspace: Workspace, owner: Answered, name: string): Promise<void> {
  const reference = {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: metaOf(owner, "name"),
    uid: metaOf(owner, "uid"),
  };
  await createMap(workspace, name, { metadata: { name, ownerReferences: [reference] } });
}

/** Deletion: at once, under conditions, held by finalizers, and of what is owned. */
export const deleteClauses = clausesOf("delete", DOCS, {
  "removes-what-nothing-holds": {
    says: "a deletion of what has no finalizers removes it at once",
    check: async (workspace) => {
      await createMap(workspace, "short");
      const at = workspace.core("configmaps/short");
      expectOk(await workspace.api.ask("DELETE", at));
      expectStatus(await workspace.api.ask("GET", at), 404, "NotFound");
    },
  },
  "answers-what-was-deleted": {
    says: "a deletion of a ConfigMap that goes at once answers a Status of success that names it",
    check: async (workspace) => {
      const made = await createMap(workspace, "told");
      const answer = expectOk(await workspace.api.ask("DELETE", workspace.core("configmaps/told")));
      expectHas(
        answer.body,
        { kind: "Status", status: "Success", details: { name: "told", uid: metaOf(made, "uid") } },
        "the answer",
      );
    },
  },
  "of-nothing-is-not-found": {
    says: "a deletion of what does not exist answers 404 NotFound",
    check: async ({ api, core }) => {
      expectStatus(await api.ask("DELETE", core("configmaps/absent")), 404, "NotFound");
    },
  },
  "keeps-another-uid": {
    says: "a deletion with the uid of another answers 409 Conflict and deletes nothing",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/",
    check: async (workspace) => {
      await createMap(workspace, "exact");
      const at = workspace.core("configmaps/exact");
      const preconditions = { uid: "00000000-0000-4000-8000-000000000000" };
      expectStatus(
        await workspace.api.ask("DELETE", at, { body: { kind: "DeleteOptions", apiVersion: "v1", preconditions } }),
        409,
        "Conflict",
      );
      expectOk(await workspace.api.ask("GET", at));
    },
  },
  "keeps-another-version": {
    says: "a deletion with an old resourceVersion answers 409 Conflict and deletes nothing",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/",
    check: async (workspace) => {
      const first = await createMap(workspace, "versioned");
      const at = workspace.core("configmaps/versioned");
      expectOk(await patch(workspace, at, { type: MERGE, body: { data: { a: "1" } } }));
      const preconditions = { resourceVersion: metaOf(first, "resourceVersion") };
      expectStatus(
        await workspace.api.ask("DELETE", at, { body: { kind: "DeleteOptions", apiVersion: "v1", preconditions } }),
        409,
        "Conflict",
      );
      expectOk(await workspace.api.ask("GET", at));
    },
  },
  "takes-its-own-uid": {
    says: "a deletion with the uid of the object deletes it",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/",
    check: async (workspace) => {
      const made = await createMap(workspace, "own");
      const at = workspace.core("configmaps/own");
      const preconditions = { uid: metaOf(made, "uid") };
      expectOk(
        await workspace.api.ask("DELETE", at, { body: { kind: "DeleteOptions", apiVersion: "v1", preconditions } }),
      );
      expectStatus(await workspace.api.ask("GET", at), 404, "NotFound");
    },
  },
  "waits-for-finalizers": {
    says: "a deletion of what has finalizers sets deletionTimestamp and waits until the last is taken off",
    source: FINALIZERS,
    check: async (workspace) => {
      await createMap(workspace, "held", { metadata: { name: "held", finalizers: [FINALIZER] } });
      const at = workspace.core("configmaps/held");
      expectOk(await workspace.api.ask("DELETE", at));
      const waiting = expectOk(await workspace.api.ask("GET", at));
      expectThat(metaOf(waiting, "deletionTimestamp") !== "", "the deletion has begun");
      expectOk(await patch(workspace, at, { type: MERGE, body: { metadata: { finalizers: null } } }));
      expectStatus(await workspace.api.ask("GET", at), 404, "NotFound");
    },
  },
  "takes-no-finalizer-once-begun": {
    says: "a finalizer cannot be added to what is being deleted",
    source: FINALIZERS,
    check: async (workspace) => {
      await createMap(workspace, "late", { metadata: { name: "late", finalizers: [FINALIZER] } });
      const at = workspace.core("configmaps/late");
      expectOk(await workspace.api.ask("DELETE", at));
      const body = { metadata: { finalizers: [FINALIZER, `${FINALIZER_PREFIX}more`] } };
      const answer = await patch(workspace, at, { type: MERGE, body });
      expectOk(await patch(workspace, at, { type: MERGE, body: { metadata: { finalizers: null } } }));
      expectStatus(answer, 422, "Invalid");
    },
  },
  "collects-what-is-owned": {
    says: "what an object owns is deleted after it",
    source: COLLECTION,
    needs: ["workloads"],
    check: async (workspace) => {
      const owner = await createMap(workspace, "owner");
      await createOwned(workspace, owner, "owned");
      expectOk(await workspace.api.ask("DELETE", workspace.core("configmaps/owner")));
      const at = workspace.core("configmaps/owned");
      await workspace.eventually("what was owned is gone", () => workspace.api.ask("GET", at), gone);
    },
  },
  "orphans-when-asked": {
    says: "a deletion with propagationPolicy Orphan leaves what is owned, without the reference",
    source: `${COLLECTION}#orphaned-dependents`,
    needs: ["workloads"],
    check: async (workspace) => {
      const owner = await createMap(workspace, "parent");
      await createOwned(workspace, owner, "orphan");
      const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Orphan" };
      expectOk(await workspace.api.ask("DELETE", workspace.core("configmaps/parent"), { body }));
      await workspace.eventually(
        "the owner is gone",
        () => workspace.api.ask("GET", workspace.core("configmaps/parent")),
        gone,
      );
      const left = expectOk(await workspace.api.ask("GET", workspace.core("configmaps/orphan")));
      expectThat(
        !("ownerReferences" in recordAt(left.body, "metadata")),
        "the reference is taken off",
        left.body["metadata"],
      );
    },
  },
  "in-the-foreground-waits-for-what-is-owned": {
    says: "a deletion with propagationPolicy Foreground keeps the owner until what blocks it is gone",
    source: `${COLLECTION}#foreground-deletion`,
    needs: ["workloads"],
    check: async (workspace) => {
      const { api, core } = workspace;
      const owner = await createMap(workspace, "front");
      const reference = {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "front",
        uid: metaOf(owner, "uid"),
        blockOwnerDeletion: true,
      };
      await createMap(workspace, "behind", {
        metadata: { name: "behind", finalizers: [FINALIZER], ownerReferences: [reference] },
      });
      const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Foreground" };
      expectOk(await api.ask("DELETE", core("configmaps/front"), { body }));
      await workspace.eventually(
        "what is owned is being deleted",
        () => api.ask("GET", core("configmaps/behind")),
        (answer) => metaOf(answer, "deletionTimestamp") !== "",
      );
      const waiting = await api.ask("GET", core("configmaps/front"));
      expectOk(
        await patch(workspace, core("configmaps/behind"), { type: MERGE, body: { metadata: { finalizers: null } } }),
      );
      expectThat(textAt(waiting.body, "metadata", "deletionTimestamp") !== "", "the owner waits", waiting.code);
      await workspace.eventually("the owner is gone", () => api.ask("GET", core("configmaps/front")), gone);
    },
  },
  "of-a-collection-takes-what-is-selected": {
    says: "a deletion of a collection takes what the selector selects and nothing else",
    check: async (workspace) => {
      for (const side of ["a", "b"]) await createMap(workspace, side, { metadata: { name: side, labels: { side } } });
      expectOk(await workspace.api.ask("DELETE", workspace.core("configmaps?labelSelector=side%3Da")));
      expectSame((await workspace.api.ask("GET", workspace.core("configmaps/a"))).code, 404, "what was selected");
      expectSame((await workspace.api.ask("GET", workspace.core("configmaps/b"))).code, 200, "what was not");
    },
  },
  "of-a-deployment-takes-its-pods": {
    says: "a deletion of a Deployment takes its ReplicaSet and its pods",
    source: COLLECTION,
    needs: ["workloads"],
    check: async (workspace) => {
      const { api, inGroup, core } = workspace;
      expectOk(await api.ask("POST", inGroup("apps/v1", "deployments"), { body: deployment("whole") }));
      const pods = () => api.ask("GET", core("pods?labelSelector=app%3Dwhole"));
      await workspace.eventually("there is a pod", pods, ({ text }) => text.includes('"uid"'));
      expectOk(await api.ask("DELETE", inGroup("apps/v1", "deployments/whole")));
      await workspace.eventually(
        "the ReplicaSet is gone",
        () => api.ask("GET", inGroup("apps/v1", "replicasets?labelSelector=app%3Dwhole")),
        ({ body }) => (body["items"] as readonly unknown[] | undefined)?.length === 0,
      );
      await workspace.eventually(
        "the pods are gone",
        pods,
        ({ body }) => (body["items"] as readonly unknown[] | undefined)?.length === 0,
      );
    },
  },
});
