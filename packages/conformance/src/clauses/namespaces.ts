import { listAt, textAt } from "@isthmus/k8s";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectStatus, expectThat } from "../expect";
import { FINALIZER_PREFIX } from "../workspace";
import { MERGE, metaOf, patch } from "./requests";

const DOCS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/";
const FINALIZER = `${FINALIZER_PREFIX}held`;

/** Namespaces: what every one has, and how one ends. */
export const namespaceClauses = clausesOf("namespaces", DOCS, {
  "bear-their-name-as-a-label": {
    says: "a namespace bears kubernetes.io/metadata.name with its name",
    source: `${DOCS}#automatic-labelling`,
    check: async ({ api, namespace }) => {
      const answer = expectOk(await api.ask("GET", `/api/v1/namespaces/${namespace}`));
      expectHas(answer.body, { metadata: { labels: { "kubernetes.io/metadata.name": namespace } } }, "the labels");
    },
  },
  "are-active-and-finalized": {
    says: "a new namespace is Active and has the finalizer kubernetes in its spec",
    check: async ({ api, namespace }) => {
      const answer = expectOk(await api.ask("GET", `/api/v1/namespaces/${namespace}`));
      expectHas(answer.body, { spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } }, "the namespace");
    },
  },
  "have-a-default-account": {
    says: "a namespace gets a service account named default",
    source: "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts",
    needs: ["workloads"],
    check: async ({ api, core, eventually }) => {
      await eventually(
        "there is a default account",
        () => api.ask("GET", core("serviceaccounts/default")),
        ({ code }) => code === 200,
      );
    },
  },
  "have-the-root-certificate": {
    says: "a namespace gets the ConfigMap kube-root-ca.crt with the cluster's authority",
    source:
      "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume",
    needs: ["workloads"],
    check: async ({ api, core, eventually }) => {
      const answer = await eventually(
        "there is a root certificate",
        () => api.ask("GET", core("configmaps/kube-root-ca.crt")),
        ({ code }) => code === 200,
      );
      expectThat(
        textAt(answer.body, "data", "ca.crt").startsWith("-----BEGIN CERTIFICATE-----"),
        "it is a certificate",
      );
    },
  },
  "that-are-absent-take-nothing": {
    says: "a creation in a namespace that does not exist answers 404 NotFound for the namespace",
    check: async ({ api, name, configMap }) => {
      const absent = name("absent");
      const answer = await api.ask("POST", `/api/v1/namespaces/${absent}/configmaps`, { body: configMap("lost") });
      expectStatus(answer, 404, "NotFound");
      expectThat(textAt(answer.body, "message").includes(absent), "the refusal names it", answer.body["message"]);
    },
  },
  "that-terminate-take-nothing-new": {
    says: "a creation in a namespace that terminates answers 403 Forbidden",
    check: async (workspace) => {
      const { api, configMap } = workspace;
      const ending = await workspace.createNamespace("ending");
      const maps = `/api/v1/namespaces/${ending}/configmaps`;
      const held = configMap("held", { metadata: { name: "held", finalizers: [FINALIZER] } });
      expectOk(await api.ask("POST", maps, { body: held }));
      expectOk(await api.ask("DELETE", `/api/v1/namespaces/${ending}`));
      const refused = await api.ask("POST", maps, { body: configMap("late") });
      expectOk(await patch(workspace, `${maps}/held`, { type: MERGE, body: { metadata: { finalizers: null } } }));
      expectStatus(refused, 403, "Forbidden");
      expectHas(listAt(refused.body, "details", "causes")[0], { reason: "NamespaceTerminating" }, "the cause");
    },
  },
  "that-terminate-take-everything-along": {
    says: "a namespace that is deleted is Terminating until what it holds is gone, and then gone itself",
    needs: ["workloads"],
    check: async (workspace) => {
      const { api, configMap } = workspace;
      const ending = await workspace.createNamespace("whole");
      const maps = `/api/v1/namespaces/${ending}/configmaps`;
      expectOk(await api.ask("POST", maps, { body: configMap("free") }));
      expectOk(
        await api.ask("POST", maps, {
          body: configMap("held", { metadata: { name: "held", finalizers: [FINALIZER] } }),
        }),
      );
      expectOk(await api.ask("DELETE", `/api/v1/namespaces/${ending}`));
      const waiting = await api.ask("GET", `/api/v1/namespaces/${ending}`);
      expectHas(waiting.body, { status: { phase: "Terminating" } }, "the namespace waits");
      await workspace.eventually(
        "what nothing holds is gone",
        () => api.ask("GET", `${maps}/free`),
        ({ code }) => code === 404,
      );
      await workspace.eventually(
        "what is held is being deleted",
        () => api.ask("GET", `${maps}/held`),
        (answer) => metaOf(answer, "deletionTimestamp") !== "",
      );
      expectOk(await patch(workspace, `${maps}/held`, { type: MERGE, body: { metadata: { finalizers: null } } }));
      await workspace.eventually(
        "the namespace is gone",
        () => api.ask("GET", `/api/v1/namespaces/${ending}`),
        ({ code }) => code === 404,
      );
    },
  },
  "kube-system-is-there": {
    says: "kube-system exists; its uid stands for the cluster",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces",
    check: async ({ api }) => {
      expectThat(
        metaOf(expectOk(await api.ask("GET", "/api/v1/namespaces/kube-system")), "uid") !== "",
        "it has a uid",
      );
    },
  },
});
