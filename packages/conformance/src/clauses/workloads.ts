import { listAt, recordAt, textAt } from "@isthmus/k8s";
import type { Answered } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import type { Workspace } from "../workspace";
import { container, createMap, deployment, MERGE, metaOf, patch } from "./requests";

const DEPLOYMENTS = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/";
const SERVICES = "https://kubernetes.io/docs/concepts/services-networking/service/";
const STATUS =
  "https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#spec-and-status";

const items = ({ body }: Answered): readonly unknown[] => listAt(body, "items");
const statusOf = ({ body }: Answered, field: string): unknown => recordAt(body, "status")[field];

const createDeployment = async ({ api, inGroup }: Workspace, name: string, spec = {}): Promise<Answered> =>
  expectOk(await api.ask("POST", inGroup("apps/v1", "deployments"), { body: deployment(name, spec) }));

const awaitPods = ({ api, core, eventually }: Workspace, name: string, count: number): Promise<Answered> =>
  eventually(
    `${count} pods of ${name} run with an address`,
    () => api.ask("GET", core(`pods?labelSelector=app%3D${name}`)),
    (answer) => items(answer).length === count && items(answer).every((pod) => textAt(pod, "status", "podIP") !== ""),
  );

/** Status and scale as resources of their own. */
export const subresourceClauses = clausesOf("subresources", STATUS, {
  "status-is-not-written-with-the-object": {
    says: "a write of the object leaves status as it was",
    check: async (workspace) => {
      await createDeployment(workspace, "main-write", { replicas: 0 });
      const at = workspace.inGroup("apps/v1", "deployments/main-write");
      const answer = expectOk(await patch(workspace, at, { type: MERGE, body: { status: { replicas: 77 } } }));
      expectThat(statusOf(answer, "replicas") !== 77, "the status is left", answer.body["status"]);
    },
  },
  "spec-is-not-written-with-the-status": {
    says: "a write of the status leaves the spec as it was",
    check: async ({ api, core, ...rest }) => {
      const body = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "status-write" },
        spec: { ports: [{ port: 80 }] },
      };
      expectOk(await api.ask("POST", core("services"), { body }));
      const condition = {
        type: "conformance.isthmus.io/Asked",
        status: "True",
        reason: "Asked",
        message: "",
        lastTransitionTime: "2020-01-01T00:00:00Z",
      };
      const change = { spec: { ports: [{ port: 81 }] }, status: { conditions: [condition] } };
      const answer = expectOk(
        await patch({ api, ...rest }, core("services/status-write/status"), { type: MERGE, body: change }),
      );
      expectHas(listAt(answer.body, "spec", "ports")[0], { port: 80 }, "the spec");
      expectHas(listAt(answer.body, "status", "conditions")[0], { type: condition.type }, "the status");
    },
  },
  "generation-counts-changes-of-the-spec": {
    says: "metadata.generation grows by one with a change of the spec, and not with one of the labels",
    check: async (workspace) => {
      await createDeployment(workspace, "counted", { replicas: 0 });
      const at = workspace.inGroup("apps/v1", "deployments/counted");
      const generation = (answer: Answered) => recordAt(answer.body, "metadata")["generation"];
      const before = generation(await workspace.api.ask("GET", at));
      const labelled = expectOk(
        await patch(workspace, at, { type: MERGE, body: { metadata: { labels: { a: "b" } } } }),
      );
      expectSame(generation(labelled), before, "after a label");
      const changed = expectOk(await patch(workspace, at, { type: MERGE, body: { spec: { minReadySeconds: 1 } } }));
      expectSame(generation(changed), Number(before) + 1, "after the spec");
    },
  },
  "scale-reads-and-writes-replicas": {
    says: "the scale of a Deployment shows its replicas and selector, and sets the replicas",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/",
    check: async (workspace) => {
      const { api, inGroup } = workspace;
      await createDeployment(workspace, "scaled", { replicas: 0 });
      const at = inGroup("apps/v1", "deployments/scaled/scale");
      const scale = expectOk(await api.ask("GET", at));
      expectHas(
        scale.body,
        { kind: "Scale", apiVersion: "autoscaling/v1", status: { selector: "app=scaled" } },
        "the scale",
      );
      expectOk(await patch(workspace, at, { type: MERGE, body: { spec: { replicas: 2 } } }));
      const answer = expectOk(await api.ask("GET", inGroup("apps/v1", "deployments/scaled")));
      expectHas(answer.body, { spec: { replicas: 2 } }, "the deployment");
    },
  },
  "scale-of-a-map-is-not-there": {
    says: "a kind without a scale answers 404 for it",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/",
    check: async (workspace) => {
      await createMap(workspace, "unscaled");
      expectSame((await workspace.api.ask("GET", workspace.core("configmaps/unscaled/scale"))).code, 404, "the code");
    },
  },
});

/** What makes a cluster live: pods from workloads, addresses, endpoints. */
export const workloadClauses = clausesOf("workloads", DEPLOYMENTS, {
  "a-deployment-makes-pods-through-a-replica-set": {
    says: "a Deployment owns a ReplicaSet, which owns pods that bear the template's labels",
    needs: ["workloads"],
    check: async (workspace) => {
      const made = await createDeployment(workspace, "chain", { replicas: 2 });
      const pods = await awaitPods(workspace, "chain", 2);
      const sets = await workspace.api.ask(
        "GET",
        workspace.inGroup("apps/v1", "replicasets?labelSelector=app%3Dchain"),
      );
      const [set] = items(sets);
      expectHas(
        listAt(set, "metadata", "ownerReferences")[0],
        { kind: "Deployment", uid: metaOf(made, "uid"), controller: true },
        "the set's owner",
      );
      for (const pod of items(pods))
        expectHas(
          listAt(pod, "metadata", "ownerReferences")[0],
          { kind: "ReplicaSet", uid: textAt(set, "metadata", "uid"), controller: true },
          "the pod's owner",
        );
    },
  },
  "pods-say-where-they-run": {
    says: "a pod with an address names its node, phase, podIP and podIPs",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus",
    needs: ["workloads"],
    check: async (workspace) => {
      await createDeployment(workspace, "placed");
      const [pod] = items(await awaitPods(workspace, "placed", 1));
      expectThat(textAt(pod, "spec", "nodeName") !== "", "there is a node");
      const phase = textAt(pod, "status", "phase");
      expectThat(["Pending", "Running"].includes(phase), "it is about to run or runs", phase);
      const ip = textAt(pod, "status", "podIP");
      expectHas(listAt(pod, "status", "podIPs")[0], { ip }, "podIPs begins with podIP");
    },
  },
  "a-pod-that-is-deleted-is-made-again": {
    says: "a pod of a Deployment that is deleted is replaced by another",
    needs: ["workloads"],
    check: async (workspace) => {
      await createDeployment(workspace, "healed");
      const [pod] = items(await awaitPods(workspace, "healed", 1));
      const first = textAt(pod, "metadata", "uid");
      expectOk(
        await workspace.api.ask(
          "DELETE",
          workspace.core(`pods/${textAt(pod, "metadata", "name")}?gracePeriodSeconds=0`),
        ),
      );
      await workspace.eventually(
        "another pod runs",
        () => workspace.api.ask("GET", workspace.core("pods?labelSelector=app%3Dhealed")),
        (answer) => {
          const [other] = items(answer);
          return (
            items(answer).length === 1 &&
            textAt(other, "metadata", "uid") !== first &&
            textAt(other, "status", "podIP") !== ""
          );
        },
      );
    },
  },
  "a-deployment-scales-down": {
    says: "a Deployment that is scaled to none has no pods",
    needs: ["workloads"],
    check: async (workspace) => {
      await createDeployment(workspace, "emptied");
      await awaitPods(workspace, "emptied", 1);
      const at = workspace.inGroup("apps/v1", "deployments/emptied");
      expectOk(await patch(workspace, at, { type: MERGE, body: { spec: { replicas: 0 } } }));
      await workspace.eventually(
        "no pod is left",
        () => workspace.api.ask("GET", workspace.core("pods?labelSelector=app%3Demptied")),
        (answer) => items(answer).length === 0,
      );
    },
  },
  "a-new-template-rolls-out": {
    says: "a change of the template makes a new ReplicaSet, and pods of it alone when it is done",
    source: `${DEPLOYMENTS}#updating-a-deployment`,
    needs: ["workloads"],
    check: async (workspace) => {
      await createDeployment(workspace, "rolled");
      await awaitPods(workspace, "rolled", 1);
      const at = workspace.inGroup("apps/v1", "deployments/rolled");
      expectOk(
        await patch(workspace, at, {
          type: MERGE,
          body: { spec: { template: { metadata: { labels: { round: "2" } } } } },
        }),
      );
      await workspace.eventually(
        "only a pod of the new template is left",
        () => workspace.api.ask("GET", workspace.core("pods?labelSelector=app%3Drolled")),
        (answer) => items(answer).length === 1 && textAt(items(answer)[0], "metadata", "labels", "round") === "2",
      );
      const sets = await workspace.api.ask(
        "GET",
        workspace.inGroup("apps/v1", "replicasets?labelSelector=app%3Drolled"),
      );
      expectSame(items(sets).length, 2, "the sets");
    },
  },
  "a-selector-cannot-be-changed": {
    says: "the selector of a Deployment is immutable: 422 Invalid",
    source: `${DEPLOYMENTS}#label-selector-updates`,
    check: async (workspace) => {
      await createDeployment(workspace, "selected", { replicas: 0 });
      const body = {
        spec: { selector: { matchLabels: { app: "other" } }, template: { metadata: { labels: { app: "other" } } } },
      };
      expectStatus(
        await patch(workspace, workspace.inGroup("apps/v1", "deployments/selected"), { type: MERGE, body }),
        422,
        "Invalid",
      );
    },
  },
  "a-selector-must-match-the-template": {
    says: "a Deployment whose selector does not match its template is refused with 422 Invalid",
    source: `${DEPLOYMENTS}#selector`,
    check: async ({ api, inGroup }) => {
      const body = deployment("unmatched", { selector: { matchLabels: { app: "else" } } });
      expectStatus(await api.ask("POST", inGroup("apps/v1", "deployments"), { body }), 422, "Invalid");
    },
  },
  "a-service-has-an-address": {
    says: "a Service of type ClusterIP gets an address, and keeps it",
    source: `${SERVICES}#type-clusterip`,
    check: async (workspace) => {
      const { api, core } = workspace;
      const body = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      };
      const made = expectOk(await api.ask("POST", core("services"), { body }));
      const ip = textAt(made.body, "spec", "clusterIP");
      expectThat(ip !== "" && ip !== "None", "there is an address", ip);
      expectHas(
        made.body,
        { spec: { type: "ClusterIP", clusterIPs: [ip], ports: [{ port: 80, protocol: "TCP", targetPort: 80 }] } },
        "the defaults",
      );
      expectStatus(
        await patch(workspace, core("services/web"), { type: MERGE, body: { spec: { clusterIP: "192.0.2.1" } } }),
        422,
        "Invalid",
      );
    },
  },
  "a-headless-service-has-none": {
    says: "a Service with clusterIP None gets no address",
    source: `${SERVICES}#headless-services`,
    check: async ({ api, core }) => {
      const body = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "headless" },
        spec: { clusterIP: "None", ports: [{ port: 80 }] },
      };
      expectHas(
        expectOk(await api.ask("POST", core("services"), { body })).body,
        { spec: { clusterIP: "None" } },
        "the service",
      );
    },
  },
  "endpoint-slices-follow-the-pods": {
    says: "EndpointSlices of a Service hold the addresses of the ready pods that it selects",
    source: "https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/",
    needs: ["workloads"],
    check: async (workspace) => {
      const { api, core, inGroup, eventually } = workspace;
      const body = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "sliced" },
        spec: { selector: { app: "sliced" }, ports: [{ port: 80, targetPort: 8080 }] },
      };
      expectOk(await api.ask("POST", core("services"), { body }));
      await createDeployment(workspace, "sliced", { replicas: 2 });
      const pods = await awaitPods(workspace, "sliced", 2);
      const addresses = items(pods)
        .map((pod) => textAt(pod, "status", "podIP"))
        .toSorted();
      const slices = () =>
        api.ask(
          "GET",
          inGroup("discovery.k8s.io/v1", "endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dsliced"),
        );
      const told = (answer: Answered) =>
        items(answer)
          .flatMap((slice) => listAt(slice, "endpoints"))
          .filter((endpoint) => recordAt(endpoint, "conditions")["ready"] === true)
          .flatMap((endpoint) => listAt(endpoint, "addresses").map(String))
          .toSorted();
      const answer = await eventually(
        "the slices hold both pods",
        slices,
        (seen) => told(seen).join() === addresses.join(),
      );
      expectHas(listAt(items(answer)[0], "ports")[0], { port: 8080, protocol: "TCP" }, "the port");
    },
  },
  "a-stateful-set-names-its-pods": {
    says: "pods of a StatefulSet are named by their number",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id",
    needs: ["workloads"],
    check: async ({ api, core, inGroup, eventually }) => {
      const { metadata, spec } = deployment("state");
      const body = {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata,
        spec: { ...spec, replicas: 2, serviceName: "state" },
      };
      expectOk(await api.ask("POST", inGroup("apps/v1", "statefulsets"), { body }));
      for (const name of ["state-0", "state-1"])
        await eventually(
          `${name} runs`,
          () => api.ask("GET", core(`pods/${name}`)),
          (pod) => textAt(pod.body, "status", "podIP") !== "",
        );
    },
  },
  "a-job-ends": {
    says: "a Job makes a pod, and counts it when it has succeeded",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/job/",
    needs: ["workloads"],
    check: async ({ api, inGroup, eventually }) => {
      // The image says its version, and ends.
      const template = { spec: { restartPolicy: "Never", containers: [container("main", { args: ["-v"] })] } };
      const body = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "done" }, spec: { template } };
      expectOk(await api.ask("POST", inGroup("batch/v1", "jobs"), { body }));
      await eventually(
        "the job has succeeded",
        () => api.ask("GET", inGroup("batch/v1", "jobs/done")),
        (job) => statusOf(job, "succeeded") === 1,
      );
    },
  },
  "a-pod-without-containers-is-refused": {
    says: "a pod without containers is refused with 422 Invalid at spec.containers",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec",
    check: async ({ api, core, createAccount }) => {
      // The account default comes a moment after its namespace, and without one a pod is Forbidden.
      const { name: serviceAccountName } = await createAccount("hollow");
      const spec = { serviceAccountName, containers: [] };
      const body = { apiVersion: "v1", kind: "Pod", metadata: { name: "hollow" }, spec };
      const answer = expectStatus(await api.ask("POST", core("pods"), { body }), 422, "Invalid");
      expectThat(answer.text.includes("spec.containers"), "the cause names the field", answer.body["message"]);
    },
  },
  "a-network-policy-keeps-what-was-written": {
    says: "a NetworkPolicy answers its spec as it was written, with policyTypes filled in",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource",
    check: async ({ api, inGroup }) => {
      const spec = {
        podSelector: {},
        ingress: [{ from: [{ podSelector: { matchLabels: { a: "b" } } }], ports: [{ port: 80 }] }],
      };
      const body = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "kept" }, spec };
      const answer = expectOk(await api.ask("POST", inGroup("networking.k8s.io/v1", "networkpolicies"), { body }));
      expectHas(answer.body, { spec: { podSelector: {}, policyTypes: ["Ingress"] } }, "the policy");
      expectHas(
        listAt(listAt(answer.body, "spec", "ingress")[0], "ports")[0],
        { port: 80, protocol: "TCP" },
        "the port",
      );
    },
  },
  "nodes-are-there": {
    says: "a cluster has nodes with an internal address and a Ready condition",
    source: "https://kubernetes.io/docs/reference/node/node-status/",
    needs: ["workloads"],
    check: async ({ api }) => {
      const [node] = items(expectOk(await api.ask("GET", "/api/v1/nodes?limit=1")));
      const types = listAt(node, "status", "addresses").map((each) => textAt(each, "type"));
      expectThat(types.includes("InternalIP"), "there is an internal address", types);
      expectThat(
        listAt(node, "status", "conditions").some((each) => textAt(each, "type") === "Ready"),
        "there is a Ready condition",
      );
    },
  },
});
