import { isRecord, listAt, recordAt, textAt } from "@isthmus/k8s";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import { createMap } from "./requests";

const DOCS = "https://kubernetes.io/docs/concepts/overview/kubernetes-api/";
const TABLES = "https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables";
const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";
/** As clients ask: the stable version, the one before 1.30, or the plain list of groups. */
const AGGREGATED = ["g=apidiscovery.k8s.io;v=v2", "g=apidiscovery.k8s.io;v=v2beta1"]
  .map((version) => `application/json;${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");

/** What a server says of itself, and lists as tables. */
export const discoveryClauses = clausesOf("discovery", DOCS, {
  "tells-its-version": {
    says: "GET /version tells gitVersion as v<major>.<minor>.<patch>",
    check: async ({ api }) => {
      const version = textAt(expectOk(await api.ask("GET", "/version")).body, "gitVersion");
      expectThat(/^v\d+\.\d+\.\d+/.test(version), "a version", version);
    },
  },
  "is-live-and-ready": {
    says: "GET /livez and /readyz answer 200",
    source: "https://kubernetes.io/docs/reference/using-api/health-checks/",
    check: async ({ api }) => {
      expectOk(await api.ask("GET", "/livez"));
      expectOk(await api.ask("GET", "/readyz"));
    },
  },
  "lists-groups": {
    says: "GET /apis lists groups with their versions and the preferred one",
    source: `${DOCS}#unaggregated-discovery`,
    check: async ({ api }) => {
      const groups = listAt(expectOk(await api.ask("GET", "/apis")).body, "groups");
      for (const name of [
        "apps",
        "batch",
        "discovery.k8s.io",
        "networking.k8s.io",
        "rbac.authorization.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
      ]) {
        const group = groups.find((each) => textAt(each, "name") === name);
        expectHas(group, { preferredVersion: { groupVersion: `${name}/v1` } }, name);
      }
    },
  },
  "lists-core-resources": {
    says: "GET /api/v1 lists resources with kind, scope, verbs and short names",
    source: `${DOCS}#unaggregated-discovery`,
    check: async ({ api }) => {
      const resources = listAt(expectOk(await api.ask("GET", "/api/v1")).body, "resources");
      const pods = resources.find((each) => textAt(each, "name") === "pods");
      expectHas(pods, { kind: "Pod", namespaced: true, shortNames: ["po"] }, "pods");
      const verbs = listAt(pods, "verbs");
      for (const verb of ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"])
        expectThat(verbs.includes(verb), `pods can be ${verb}`, verbs);
      expectHas(
        resources.find((each) => textAt(each, "name") === "nodes"),
        { kind: "Node", namespaced: false },
        "nodes",
      );
    },
  },
  "lists-subresources": {
    says: "subresources are listed beside their resource",
    source: `${DOCS}#unaggregated-discovery`,
    check: async ({ api }) => {
      const names = listAt(expectOk(await api.ask("GET", "/apis/apps/v1")).body, "resources").map((each) =>
        textAt(each, "name"),
      );
      for (const name of ["deployments", "deployments/scale", "deployments/status"])
        expectThat(names.includes(name), name, names);
    },
  },
  "can-be-had-at-once": {
    says: "GET /apis as APIGroupDiscoveryList gives groups with their resources in one answer",
    source: `${DOCS}#aggregated-discovery`,
    check: async ({ api }) => {
      const answer = expectOk(await api.ask("GET", "/apis", { accept: AGGREGATED }));
      expectHas(answer.body, { kind: "APIGroupDiscoveryList" }, "the answer");
      const names = listAt(answer.body, "items").map((each) => textAt(each, "metadata", "name"));
      for (const name of ["apps", "batch", "networking.k8s.io"]) expectThat(names.includes(name), name, names);
      const apps = listAt(answer.body, "items").find((each) => textAt(each, "metadata", "name") === "apps");
      const resources = listAt(listAt(apps, "versions")[0], "resources").map((each) => textAt(each, "resource"));
      expectThat(resources.includes("deployments"), "apps has deployments", resources);
    },
  },
  "publishes-openapi-v3": {
    says: "GET /openapi/v3 names a document for each group version, and each is OpenAPI 3",
    source: `${DOCS}#openapi-v3`,
    check: async ({ api }) => {
      const paths = recordAt(expectOk(await api.ask("GET", "/openapi/v3")).body, "paths");
      const url = textAt(paths["apis/apps/v1"], "serverRelativeURL");
      expectThat(url.startsWith("/openapi/v3/apis/apps/v1"), "apps/v1 has a document", url);
      const document = expectOk(await api.ask("GET", url));
      expectThat(textAt(document.body, "openapi").startsWith("3."), "it is OpenAPI 3", document.body["openapi"]);
      const schemas = Object.values(recordAt(document.body, "components", "schemas"));
      const kinds = schemas.flatMap((schema) =>
        listAt(schema, "x-kubernetes-group-version-kind").map((each) => textAt(each, "kind")),
      );
      expectThat(kinds.includes("Deployment"), "it describes Deployment", kinds.slice(0, 10));
    },
  },
  "describes-fields-in-openapi": {
    says: "the schema of a kind names its fields, so that a client can check before it sends",
    source: `${DOCS}#openapi-v3`,
    check: async ({ api }) => {
      const document = expectOk(await api.ask("GET", "/openapi/v3/api/v1"));
      const schemas = Object.values(recordAt(document.body, "components", "schemas"));
      const map = schemas.find((schema) =>
        listAt(schema, "x-kubernetes-group-version-kind").some((each) => textAt(each, "kind") === "ConfigMap"),
      );
      for (const field of ["apiVersion", "kind", "metadata", "data", "binaryData", "immutable"])
        expectThat(isRecord(recordAt(map, "properties")[field]), `ConfigMap has ${field}`);
    },
  },
  "lists-as-tables": {
    says: "a list as Table has column definitions and a row for each object, with its metadata",
    source: TABLES,
    check: async (workspace) => {
      await createMap(workspace, "shown", { data: { a: "1", b: "2" } });
      const answer = expectOk(
        await workspace.api.ask("GET", workspace.core("configmaps?fieldSelector=metadata.name%3Dshown"), {
          accept: TABLE,
        }),
      );
      expectHas(answer.body, { kind: "Table", apiVersion: "meta.k8s.io/v1" }, "the table");
      const columns = listAt(answer.body, "columnDefinitions").map((each) => textAt(each, "name"));
      expectSame(columns.slice(0, 3), ["Name", "Data", "Age"], "the columns");
      const [row] = listAt(answer.body, "rows");
      expectSame(listAt(row, "cells").slice(0, 2), ["shown", 2], "the cells");
      expectHas(row, { object: { kind: "PartialObjectMetadata", metadata: { name: "shown" } } }, "the row's object");
    },
  },
  "watches-as-tables": {
    says: "a watch as Table sends tables of one row",
    source: TABLES,
    check: async (workspace) => {
      await createMap(workspace, "told");
      const at = workspace.core("configmaps?watch=1&timeoutSeconds=2&fieldSelector=metadata.name%3Dtold");
      const answer = expectOk(await workspace.api.ask("GET", at, { accept: TABLE }));
      const first: unknown = JSON.parse(answer.text.split("\n")[0] ?? "{}");
      expectHas(first, { type: "ADDED", object: { kind: "Table" } }, "the first event");
      const rows = listAt(first, "object", "rows").map((row) => textAt(row, "object", "metadata", "name"));
      expectSame(rows, ["told"], "its rows");
    },
  },
  "refuses-what-it-cannot-write": {
    says: "a request that accepts no type that the server writes answers 406 NotAcceptable",
    source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources",
    check: async ({ api, core }) => {
      const answer = await api.ask("GET", core("configmaps"), { accept: "application/x-unknown" });
      expectStatus(answer, 406, "NotAcceptable");
    },
  },
});
