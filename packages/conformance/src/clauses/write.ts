import { isRecord } from "@isthmus/k8s";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import { createMap, MERGE, metaOf, patch } from "./requests";

const DOCS = "https://kubernetes.io/docs/reference/using-api/api-concepts/";
const CONVENTIONS =
  "https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md";

/** Creating, replacing, and what the server fills in. */
export const writeClauses = clausesOf("write", DOCS, {
  "create-answers-201-with-server-fields": {
    says: "a creation answers 201 with uid, resourceVersion and creationTimestamp filled in",
    source: `${CONVENTIONS}#metadata`,
    check: async (workspace) => {
      const answer = await createMap(workspace, "made", { data: { a: "1" } });
      expectSame(answer.code, 201, "the code");
      expectThat(/^[0-9a-f-]{36}$/.test(metaOf(answer, "uid")), "the uid is a UUID", metaOf(answer, "uid"));
      expectThat(metaOf(answer, "resourceVersion") !== "", "there is a resourceVersion");
      const time = metaOf(answer, "creationTimestamp");
      expectThat(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time), "the time is RFC 3339 in whole seconds of UTC", time);
      expectHas(answer.body, { data: { a: "1" } }, "what was sent is answered");
    },
  },
  "create-refuses-a-name-that-exists": {
    says: "a creation under a name that exists answers 409 AlreadyExists and names the object",
    check: async (workspace) => {
      await createMap(workspace, "twice");
      const again = await workspace.api.ask("POST", workspace.core("configmaps"), {
        body: workspace.configMap("twice"),
      });
      expectStatus(again, 409, "AlreadyExists");
      expectHas(
        again.body,
        { message: 'configmaps "twice" already exists', details: { name: "twice", kind: "configmaps" } },
        "the refusal",
      );
    },
  },
  "generate-name-adds-five-characters": {
    says: "generateName makes a fresh name of the prefix and five characters",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/",
    check: async ({ api, core }) => {
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "gen-" } };
      const names = [
        await api.ask("POST", core("configmaps"), { body }),
        await api.ask("POST", core("configmaps"), { body }),
      ].map((answer) => metaOf(expectOk(answer), "name"));
      expectThat(
        names.every((name) => /^gen-[a-z0-9]{5}$/.test(name)),
        "prefix and five characters",
        names,
      );
      expectThat(names[0] !== names[1], "two names differ", names);
    },
  },
  "refuses-a-bad-name": {
    says: "a name that is no DNS subdomain is refused with 422 Invalid and a cause at metadata.name",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names",
    check: async ({ api, core, configMap }) => {
      const answer = expectStatus(
        await api.ask("POST", core("configmaps"), { body: configMap("Not_A_Name") }),
        422,
        "Invalid",
      );
      expectThat(answer.text.includes('"field":"metadata.name"'), "the cause names the field", answer.body["details"]);
    },
  },
  "refuses-a-bad-label": {
    says: "a label value with a space is refused with 422 Invalid",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set",
    check: async ({ api, core, configMap }) => {
      const body = { ...configMap("labelled"), metadata: { name: "labelled", labels: { a: "b c" } } };
      expectStatus(await api.ask("POST", core("configmaps"), { body }), 422, "Invalid");
    },
  },
  "refuses-another-namespace-than-the-path": {
    says: "an object whose namespace is not that of the path is refused with 400 BadRequest",
    check: async ({ api, core, configMap, name }) => {
      const body = { ...configMap("elsewhere"), metadata: { name: "elsewhere", namespace: name("absent") } };
      expectStatus(await api.ask("POST", core("configmaps"), { body }), 400, "BadRequest");
    },
  },
  "refuses-a-kind-that-is-not-of-the-path": {
    says: "a body of another kind than the path's is refused with 400 BadRequest",
    check: async ({ api, core }) => {
      const body = { apiVersion: "v1", kind: "Secret", metadata: { name: "other" } };
      expectStatus(await api.ask("POST", core("configmaps"), { body }), 400, "BadRequest");
    },
  },
  "refuses-what-is-no-json": {
    says: "a body that cannot be read is refused with 400 BadRequest",
    check: async ({ api, core }) => {
      expectStatus(await api.ask("POST", core("configmaps"), { body: "{not json" }), 400, "BadRequest");
    },
  },
  "refuses-a-media-type-that-it-does-not-read": {
    says: "a body of an unknown media type is refused with 415 UnsupportedMediaType",
    check: async ({ api, core }) => {
      const answer = await api.ask("POST", core("configmaps"), { body: "a", contentType: "application/x-unknown" });
      expectStatus(answer, 415, "UnsupportedMediaType");
    },
  },
  "drops-an-unknown-field-and-warns": {
    says: "an unknown field is dropped, with a Warning header, where fieldValidation is Warn",
    source: `${DOCS}#field-validation`,
    check: async ({ api, core, configMap }) => {
      const body = { ...configMap("warned"), nonsense: 1 };
      const answer = expectOk(await api.ask("POST", core("configmaps?fieldValidation=Warn"), { body }));
      expectThat(!("nonsense" in answer.body), "it is dropped");
      expectThat(
        String(answer.headers["warning"]).includes("nonsense"),
        "the warning names it",
        answer.headers["warning"],
      );
    },
  },
  "refuses-an-unknown-field-when-strict": {
    says: "an unknown field is refused with 400 BadRequest, by name, where fieldValidation is Strict",
    source: `${DOCS}#field-validation`,
    check: async ({ api, core, configMap }) => {
      const body = { ...configMap("strict"), nonsense: 1 };
      const answer = await api.ask("POST", core("configmaps?fieldValidation=Strict"), { body });
      expectStatus(answer, 400, "BadRequest");
      expectThat(answer.text.includes("nonsense"), "the refusal names the field", answer.body["message"]);
    },
  },
  "update-moves-the-version": {
    says: "a replacement moves resourceVersion and keeps uid and creationTimestamp",
    check: async (workspace) => {
      const first = await createMap(workspace, "moved");
      const at = workspace.core("configmaps/moved");
      const second = expectOk(await workspace.api.ask("PUT", at, { body: { ...first.body, data: { a: "2" } } }));
      expectThat(metaOf(first, "resourceVersion") !== metaOf(second, "resourceVersion"), "the version moves");
      expectSame(metaOf(second, "uid"), metaOf(first, "uid"), "the uid stays");
      expectSame(metaOf(second, "creationTimestamp"), metaOf(first, "creationTimestamp"), "the time stays");
    },
  },
  "update-that-changes-nothing-keeps-the-version": {
    says: "a write that changes nothing leaves the resourceVersion as it was",
    check: async (workspace) => {
      const first = await createMap(workspace, "still", { data: { a: "1" } });
      const again = expectOk(await workspace.api.ask("PUT", workspace.core("configmaps/still"), { body: first.body }));
      expectSame(metaOf(again, "resourceVersion"), metaOf(first, "resourceVersion"), "the version");
    },
  },
  "update-refuses-an-old-version": {
    says: "a replacement with an old resourceVersion answers 409 Conflict and changes nothing",
    source: `${DOCS}#resource-versions`,
    check: async (workspace) => {
      const first = await createMap(workspace, "raced");
      const at = workspace.core("configmaps/raced");
      expectOk(await patch(workspace, at, { type: MERGE, body: { data: { winner: "first" } } }));
      expectStatus(
        await workspace.api.ask("PUT", at, { body: { ...first.body, data: { winner: "second" } } }),
        409,
        "Conflict",
      );
      expectHas((await workspace.api.ask("GET", at)).body, { data: { winner: "first" } }, "what is stored");
    },
  },
  "update-refuses-another-uid": {
    says: "a replacement that names another uid answers 409 Conflict",
    check: async (workspace) => {
      const first = await createMap(workspace, "reborn");
      const { resourceVersion: _, ...metadata } = isRecord(first.body["metadata"]) ? first.body["metadata"] : {};
      const body = { ...first.body, metadata: { ...metadata, uid: "00000000-0000-4000-8000-000000000000" } };
      expectStatus(await workspace.api.ask("PUT", workspace.core("configmaps/reborn"), { body }), 409, "Conflict");
    },
  },
  "update-refuses-another-name": {
    says: "a replacement whose name is not that of the path is refused with 400 BadRequest",
    check: async (workspace) => {
      await createMap(workspace, "named");
      const answer = await workspace.api.ask("PUT", workspace.core("configmaps/named"), {
        body: workspace.configMap("other"),
      });
      expectStatus(answer, 400, "BadRequest");
    },
  },
  "update-of-nothing-is-not-found": {
    says: "a replacement of a ConfigMap that does not exist answers 404 NotFound",
    check: async ({ api, core, configMap }) => {
      // Of a few kinds, as of Services, it is created instead.
      expectStatus(await api.ask("PUT", core("configmaps/absent"), { body: configMap("absent") }), 404, "NotFound");
      expectStatus(await api.ask("GET", core("configmaps/absent")), 404, "NotFound");
    },
  },
  "get-of-nothing-is-not-found": {
    says: "a read of what does not exist answers 404 NotFound and names it",
    check: async ({ api, core }) => {
      const answer = expectStatus(await api.ask("GET", core("configmaps/absent")), 404, "NotFound");
      expectHas(
        answer.body,
        { message: 'configmaps "absent" not found', details: { name: "absent", kind: "configmaps" } },
        "the refusal",
      );
    },
  },
  "a-resource-that-is-not-served-is-not-found": {
    says: "a path that is not served answers 404",
    check: async ({ api, inGroup }) => {
      expectSame((await api.ask("GET", inGroup("isthmus.invalid/v1", "widgets"))).code, 404, "the code");
    },
  },
  "a-verb-that-is-not-served-is-refused": {
    says: "a method that a resource does not have answers 405 MethodNotAllowed",
    check: async ({ api }) => {
      expectStatus(await api.ask("PUT", "/api/v1/namespaces", { body: {} }), 405, "MethodNotAllowed");
    },
  },
  "immutable-config-maps-stay": {
    says: "data of an immutable ConfigMap cannot be changed: 422 Invalid",
    source: "https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable",
    check: async (workspace) => {
      await createMap(workspace, "fixed", { data: { a: "1" }, immutable: true });
      const answer = await patch(workspace, workspace.core("configmaps/fixed"), {
        type: MERGE,
        body: { data: { a: "2" } },
      });
      expectStatus(answer, 422, "Invalid");
    },
  },
  "secrets-take-text-and-give-base64": {
    says: "stringData of a Secret is stored in data as base64 and never answered",
    source: "https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data",
    check: async ({ api, core }) => {
      const body = { apiVersion: "v1", kind: "Secret", metadata: { name: "texts" }, stringData: { key: "value" } };
      const answer = expectOk(await api.ask("POST", core("secrets"), { body }));
      expectHas(answer.body, { type: "Opaque", data: { key: "dmFsdWU=" } }, "the secret");
      expectThat(!("stringData" in answer.body), "stringData is not answered");
    },
  },
});
