import { listAt, textAt } from "@isthmus/k8s";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import { container, createMap, deployment, JSON_PATCH, MERGE, metaOf, patch, STRATEGIC } from "./requests";

const DOCS = "https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/";

/** JSON Patch, JSON Merge Patch and strategic merge. */
export const patchClauses = clausesOf("patch", DOCS, {
  "merge-sets-and-removes": {
    says: "a merge patch sets what it names, removes what it names null, and leaves the rest",
    source: "https://www.rfc-editor.org/rfc/rfc7386",
    check: async (workspace) => {
      await createMap(workspace, "merged", { data: { keep: "1", drop: "2" } });
      const body = { data: { drop: null, add: "3" } };
      const answer = expectOk(await patch(workspace, workspace.core("configmaps/merged"), { type: MERGE, body }));
      expectSame(answer.body["data"], { keep: "1", add: "3" }, "the data");
    },
  },
  "merge-replaces-lists": {
    says: "a merge patch replaces a list as a whole",
    source: "https://www.rfc-editor.org/rfc/rfc7386",
    check: async (workspace) => {
      const { api, inGroup } = workspace;
      expectOk(
        await api.ask("POST", inGroup("apps/v1", "deployments"), { body: deployment("lists", { replicas: 0 }) }),
      );
      const containers = [{ name: "only", image: "registry.k8s.io/pause:3.9" }];
      const body = { spec: { template: { spec: { containers } } } };
      const answer = expectOk(await patch(workspace, inGroup("apps/v1", "deployments/lists"), { type: MERGE, body }));
      const names = listAt(answer.body, "spec", "template", "spec", "containers").map((each) => textAt(each, "name"));
      expectSame(names, ["only"], "the containers");
    },
  },
  "merge-with-an-old-version-conflicts": {
    says: "a patch that names an old resourceVersion answers 409 Conflict",
    check: async (workspace) => {
      const first = await createMap(workspace, "guarded");
      const at = workspace.core("configmaps/guarded");
      expectOk(await patch(workspace, at, { type: MERGE, body: { data: { a: "1" } } }));
      const body = { metadata: { resourceVersion: metaOf(first, "resourceVersion") }, data: { a: "2" } };
      expectStatus(await patch(workspace, at, { type: MERGE, body }), 409, "Conflict");
    },
  },
  "json-adds-replaces-and-removes": {
    says: "a JSON patch does its operations in order",
    source: "https://www.rfc-editor.org/rfc/rfc6902",
    check: async (workspace) => {
      await createMap(workspace, "operated", { data: { a: "1", b: "2" } });
      const body = [
        { op: "test", path: "/data/a", value: "1" },
        { op: "replace", path: "/data/a", value: "one" },
        { op: "remove", path: "/data/b" },
        { op: "add", path: "/data/c~1d", value: "3" },
      ];
      const answer = expectOk(
        await patch(workspace, workspace.core("configmaps/operated"), { type: JSON_PATCH, body }),
      );
      expectSame(answer.body["data"], { a: "one", "c/d": "3" }, "the data");
    },
  },
  "json-test-that-fails-changes-nothing": {
    says: "a JSON patch whose test fails is refused with 422 Invalid and changes nothing",
    source: "https://www.rfc-editor.org/rfc/rfc6902#section-4.6",
    check: async (workspace) => {
      await createMap(workspace, "tested", { data: { a: "1" } });
      const at = workspace.core("configmaps/tested");
      const body = [
        { op: "add", path: "/data/b", value: "2" },
        { op: "test", path: "/data/a", value: "other" },
      ];
      expectStatus(await patch(workspace, at, { type: JSON_PATCH, body }), 422, "Invalid");
      expectSame((await workspace.api.ask("GET", at)).body["data"], { a: "1" }, "the data");
    },
  },
  "json-remove-of-nothing-is-refused": {
    says: "a JSON patch that removes what is not there is refused with 422 Invalid",
    source: "https://www.rfc-editor.org/rfc/rfc6902#section-4.2",
    check: async (workspace) => {
      await createMap(workspace, "bare");
      const body = [{ op: "remove", path: "/data/absent" }];
      expectStatus(
        await patch(workspace, workspace.core("configmaps/bare"), { type: JSON_PATCH, body }),
        422,
        "Invalid",
      );
    },
  },
  "strategic-merges-containers-by-name": {
    says: "a strategic merge patch merges containers by their name",
    check: async (workspace) => {
      const { api, inGroup } = workspace;
      expectOk(
        await api.ask("POST", inGroup("apps/v1", "deployments"), { body: deployment("strategic", { replicas: 0 }) }),
      );
      const containers = [{ name: "side", image: "registry.k8s.io/pause:3.9" }];
      const body = { spec: { template: { spec: { containers } } } };
      const at = inGroup("apps/v1", "deployments/strategic");
      const answer = expectOk(await patch(workspace, at, { type: STRATEGIC, body }));
      const names = listAt(answer.body, "spec", "template", "spec", "containers").map((each) => textAt(each, "name"));
      expectSame(names.toSorted(), ["main", "side"], "the containers");
    },
  },
  "strategic-deletes-by-directive": {
    says: "$patch: delete in a strategic merge patch removes the item of that key",
    source:
      "https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md#list-of-maps",
    check: async (workspace) => {
      const { api, inGroup } = workspace;
      const two = deployment("directed", { replicas: 0 });
      two.spec.template.spec.containers.push(container("side"));
      expectOk(await api.ask("POST", inGroup("apps/v1", "deployments"), { body: two }));
      const body = { spec: { template: { spec: { containers: [{ name: "side", $patch: "delete" }] } } } };
      const answer = expectOk(
        await patch(workspace, inGroup("apps/v1", "deployments/directed"), { type: STRATEGIC, body }),
      );
      const names = listAt(answer.body, "spec", "template", "spec", "containers").map((each) => textAt(each, "name"));
      expectSame(names, ["main"], "the containers");
    },
  },
  "strategic-is-not-for-custom-resources": {
    says: "a strategic merge patch of a custom resource is refused with 415 UnsupportedMediaType",
    source:
      "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/#advanced-features-and-flexibility",
    needs: ["calico-native"],
    check: async (workspace) => {
      const at = workspace.inGroup("projectcalico.org/v3", "networksets");
      const body = {
        apiVersion: "projectcalico.org/v3",
        kind: "NetworkSet",
        metadata: { name: "unmerged" },
        spec: { nets: [] },
      };
      expectOk(await workspace.api.ask("POST", at, { body }));
      const answer = await patch(workspace, `${at}/unmerged`, {
        type: STRATEGIC,
        body: { spec: { nets: ["10.0.0.0/8"] } },
      });
      expectStatus(answer, 415, "UnsupportedMediaType");
    },
  },
  "of-nothing-is-not-found": {
    says: "a patch of what does not exist answers 404 NotFound",
    check: async (workspace) => {
      expectStatus(
        await patch(workspace, workspace.core("configmaps/absent"), { type: MERGE, body: {} }),
        404,
        "NotFound",
      );
    },
  },
  "cannot-change-a-uid": {
    says: "a patch of uid is refused and changes nothing",
    check: async (workspace) => {
      const first = await createMap(workspace, "identity");
      const at = workspace.core("configmaps/identity");
      const answer = await patch(workspace, at, {
        type: MERGE,
        body: { metadata: { uid: "00000000-0000-4000-8000-000000000000" } },
      });
      expectThat(answer.code === 422 || answer.code === 409, "it is refused as invalid or in conflict", answer.code);
      expectHas((await workspace.api.ask("GET", at)).body, { metadata: { uid: metaOf(first, "uid") } }, "the uid");
    },
  },
  "unknown-type-is-refused": {
    says: "a patch of an unknown media type answers 415 UnsupportedMediaType",
    check: async (workspace) => {
      await createMap(workspace, "odd");
      const answer = await patch(workspace, workspace.core("configmaps/odd"), { type: "application/json", body: {} });
      expectStatus(answer, 415, "UnsupportedMediaType");
    },
  },
});
