import { listAt, recordAt, textAt } from "@isthmus/k8s";
import type { Answered } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import type { Workspace } from "../workspace";
import { APPLY, createMap, deployment, MERGE, metaOf, patch } from "./requests";

const DOCS = "https://kubernetes.io/docs/reference/using-api/server-side-apply/";

interface Applying {
  readonly manager: string;
  readonly data: Readonly<Record<string, string>>;
  readonly force?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const applyMap = (
  workspace: Workspace,
  name: string,
  { manager, data, force, metadata = {} }: Applying,
): Promise<Answered> =>
  patch(
    workspace,
    `${workspace.core(`configmaps/${name}`)}?fieldManager=${manager}${force === true ? "&force=true" : ""}`,
    {
      type: APPLY,
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data },
    },
  );

const managers = ({ body }: Answered): readonly string[] =>
  listAt(body, "metadata", "managedFields").map((each) => `${textAt(each, "manager")} ${textAt(each, "operation")}`);

/** Server-side apply: who owns which field, and what happens when two want the same. */
export const applyClauses = clausesOf("apply", DOCS, {
  "creates-what-is-absent": {
    says: "an apply of what does not exist creates it and answers 201",
    check: async (workspace) => {
      const answer = await applyMap(workspace, "fresh", { manager: "one", data: { a: "1" } });
      expectSame(answer.code, 201, "the code");
      expectSame(managers(answer), ["one Apply"], "the managers");
    },
  },
  "names-the-fields-owned": {
    says: "managedFields names the fields of the one who applied, as fieldsV1",
    source: `${DOCS}#field-management`,
    check: async (workspace) => {
      const answer = expectOk(await applyMap(workspace, "owned", { manager: "one", data: { a: "1" } }));
      const [entry] = listAt(answer.body, "metadata", "managedFields");
      expectHas(
        entry,
        { apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "f:data": { "f:a": {} } } },
        "the entry",
      );
    },
  },
  "again-changes-nothing": {
    says: "the same apply again leaves the resourceVersion as it was",
    check: async (workspace) => {
      const first = expectOk(await applyMap(workspace, "same", { manager: "one", data: { a: "1" } }));
      const second = expectOk(await applyMap(workspace, "same", { manager: "one", data: { a: "1" } }));
      expectSame(metaOf(second, "resourceVersion"), metaOf(first, "resourceVersion"), "the version");
    },
  },
  "removes-what-is-no-longer-applied": {
    says: "a field that its only owner leaves out of the next apply is removed",
    source: `${DOCS}#comparison-with-client-side-apply`,
    check: async (workspace) => {
      expectOk(await applyMap(workspace, "shrunk", { manager: "one", data: { a: "1", b: "2" } }));
      const answer = expectOk(await applyMap(workspace, "shrunk", { manager: "one", data: { a: "1" } }));
      expectSame(answer.body["data"], { a: "1" }, "the data");
    },
  },
  "leaves-fields-of-others": {
    says: "fields that others set are left alone",
    check: async (workspace) => {
      expectOk(await applyMap(workspace, "shared", { manager: "one", data: { a: "1" } }));
      expectOk(await applyMap(workspace, "shared", { manager: "two", data: { b: "2" } }));
      const answer = expectOk(await applyMap(workspace, "shared", { manager: "one", data: { a: "3" } }));
      expectSame(answer.body["data"], { a: "3", b: "2" }, "the data");
    },
  },
  "conflicts-over-a-field-of-another": {
    says: "an apply that sets another value to a field of another answers 409 Conflict, naming field and manager",
    source: `${DOCS}#conflicts`,
    check: async (workspace) => {
      expectOk(await applyMap(workspace, "fought", { manager: "one", data: { a: "1" } }));
      const answer = expectStatus(
        await applyMap(workspace, "fought", { manager: "two", data: { a: "2" } }),
        409,
        "Conflict",
      );
      const [cause] = listAt(answer.body, "details", "causes");
      expectHas(cause, { reason: "FieldManagerConflict", field: ".data.a" }, "the cause");
      expectThat(textAt(cause, "message").includes('"one"'), "the cause names the owner", cause);
    },
  },
  "force-takes-over": {
    says: "an apply with force takes the field, and the former owner loses it",
    source: `${DOCS}#conflicts`,
    check: async (workspace) => {
      expectOk(await applyMap(workspace, "taken", { manager: "one", data: { a: "1" } }));
      const answer = expectOk(await applyMap(workspace, "taken", { manager: "two", data: { a: "2" }, force: true }));
      expectSame(answer.body["data"], { a: "2" }, "the data");
      expectThat(!managers(answer).includes("one Apply"), "the former owner owns nothing", managers(answer));
    },
  },
  "the-same-value-is-shared": {
    says: "two that apply the same value own the field together, and it stays when one leaves it out",
    source: `${DOCS}#field-management`,
    check: async (workspace) => {
      expectOk(await applyMap(workspace, "both", { manager: "one", data: { a: "1" } }));
      expectOk(await applyMap(workspace, "both", { manager: "two", data: { a: "1", b: "2" } }));
      const answer = expectOk(await applyMap(workspace, "both", { manager: "two", data: { b: "2" } }));
      expectSame(answer.body["data"], { a: "1", b: "2" }, "the data");
    },
  },
  "an-update-takes-ownership-without-asking": {
    says: "an update by another way takes the fields that it changes, and a later apply of them conflicts",
    source: `${DOCS}#apply-and-update`,
    check: async (workspace) => {
      expectOk(await applyMap(workspace, "edited", { manager: "one", data: { a: "1" } }));
      const at = `${workspace.core("configmaps/edited")}?fieldManager=editor`;
      expectOk(await patch(workspace, at, { type: MERGE, body: { data: { a: "2" } } }));
      expectStatus(await applyMap(workspace, "edited", { manager: "one", data: { a: "1" } }), 409, "Conflict");
    },
  },
  "needs-a-manager": {
    says: "an apply without fieldManager is refused",
    source: `${DOCS}#managers`,
    check: async (workspace) => {
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "nobody" } };
      const answer = await patch(workspace, workspace.core("configmaps/nobody"), { type: APPLY, body });
      expectThat(answer.code === 400 || answer.code === 422, "400 or 422", answer.code);
    },
  },
  "refuses-managed-fields-in-the-body": {
    says: "an apply whose body has managedFields is refused with 400 BadRequest",
    source: `${DOCS}#apply-and-update`,
    check: async (workspace) => {
      const first = await createMap(workspace, "carried");
      const answer = await patch(workspace, `${workspace.core("configmaps/carried")}?fieldManager=one`, {
        type: APPLY,
        body: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "carried", managedFields: listAt(first.body, "metadata", "managedFields") },
        },
      });
      expectStatus(answer, 400, "BadRequest");
    },
  },
  "with-a-uid-is-a-precondition": {
    says: "an apply that names another uid than the object's is refused and changes nothing, and one that names a uid creates nothing: 409 Conflict",
    check: async (workspace) => {
      expectOk(await applyMap(workspace, "exact", { manager: "one", data: { a: "1" } }));
      const metadata = { uid: "00000000-0000-4000-8000-000000000000" };
      const other = await applyMap(workspace, "exact", { manager: "one", data: { a: "2" }, metadata, force: true });
      // Kubernetes calls it a change of an immutable field, 422.
      expectThat(other.code === 422 || other.code === 409, "it is refused as invalid or in conflict", other.code);
      const stored = await workspace.api.ask("GET", workspace.core("configmaps/exact"));
      expectSame(stored.body["data"], { a: "1" }, "the data");
      const absent = await applyMap(workspace, "gone", { manager: "one", data: { a: "1" }, metadata });
      expectStatus(absent, 409, "Conflict");
    },
  },
  "merges-containers-by-name": {
    says: "containers are owned by their name: two may each apply one",
    source: `${DOCS}#merge-strategy`,
    check: async (workspace) => {
      const at = workspace.inGroup("apps/v1", "deployments/listed");
      expectOk(
        await patch(workspace, `${at}?fieldManager=one`, { type: APPLY, body: deployment("listed", { replicas: 0 }) }),
      );
      const containers = [{ name: "side", image: "registry.k8s.io/pause:3.9" }];
      const body = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "listed" },
        spec: { template: { spec: { containers } } },
      };
      const answer = expectOk(await patch(workspace, `${at}?fieldManager=two`, { type: APPLY, body }));
      const names = listAt(answer.body, "spec", "template", "spec", "containers").map((each) => textAt(each, "name"));
      expectSame(names.toSorted(), ["main", "side"], "the containers");
    },
  },
  "writes-of-other-kinds-are-tracked": {
    says: "a creation by POST is tracked as an Update of its manager",
    source: `${DOCS}#managers`,
    check: async (workspace) => {
      const { api, core, configMap } = workspace;
      const answer = expectOk(
        await api.ask("POST", core("configmaps?fieldManager=poster"), {
          body: configMap("posted", { data: { a: "1" } }),
        }),
      );
      expectSame(managers(answer), ["poster Update"], "the managers");
      expectThat(
        "f:data" in recordAt(listAt(answer.body, "metadata", "managedFields")[0], "fieldsV1"),
        "the fields are named",
      );
    },
  },
});
