import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../src/json";
import { smallScenario, startTestCluster, until, type TestCluster } from "./api/fixture";

const maps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods";
const policies = "/apis/projectcalico.org/v3/globalnetworkpolicies";
const applyType = "application/apply-patch+yaml";

const policy = (name: string, spec: JsonObject = {}) => ({
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkPolicy",
  metadata: { name },
  spec: { tier: "default", order: 1, selector: "all()", ingress: [{ action: "Allow" }], ...spec },
});

describe("writes", () => {
  let cluster: TestCluster;
  const map = (name: string, data: JsonObject) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
  const metadataOf = (body: JsonObject) => objectOf(body["metadata"]);
  const apply = (at: string, manager: string, body: JsonObject, force = false) =>
    cluster.request("PATCH", `${at}?fieldManager=${manager}${force ? "&force=true" : ""}`, {
      contentType: applyType,
      body,
    });

  beforeAll(async () => {
    const scenario = { ...smallScenario, nodeSettings: { "small-1": { pods: 500 } } };
    cluster = await startTestCluster({ scenario });
  });
  afterAll(() => cluster.destroy());

  it("refuses an update that was based on an old version", async () => {
    const created = await cluster.request("POST", maps, { body: map("versions", { a: "1" }) });
    const update = (resourceVersion: unknown, a: string) => {
      const metadata = { name: "versions", resourceVersion };
      return cluster.request("PUT", `${maps}/versions`, { body: { ...map("versions", { a }), metadata } });
    };
    const version = metadataOf(created.body)["resourceVersion"];
    expect(await update(version, "2")).toMatchObject({ code: 200, body: { data: { a: "2" } } });
    const late = await update(version, "3");
    expect(late).toMatchObject({ code: 409, body: { reason: "Conflict" } });
    expect(late.body["message"]).toBe(
      'Operation cannot be fulfilled on configmaps "versions": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect(await update(undefined, "4")).toMatchObject({ code: 200 });
  });

  it("writes nothing where nothing changes", async () => {
    const created = await cluster.request("POST", maps, { body: map("still", { a: "1" }) });
    const again = await cluster.request("PUT", `${maps}/still`, { body: created.body });
    expect(metadataOf(again.body)["resourceVersion"]).toBe(metadataOf(created.body)["resourceVersion"]);
  });

  it("deletes only what meets the preconditions", async () => {
    const { body } = await cluster.request("POST", maps, { body: map("guarded", {}) });
    const { uid, resourceVersion } = metadataOf(body);
    const remove = (preconditions: JsonObject) =>
      cluster.request("DELETE", `${maps}/guarded`, { body: { preconditions } });
    const other = await remove({ uid: "another" });
    expect(other).toMatchObject({ code: 409, body: { reason: "Conflict" } });
    expect(stringOf(other.body["message"])).toContain(
      `Precondition failed: UID in precondition: another, UID in object meta: ${String(uid)}`,
    );
    expect(await remove({ uid, resourceVersion: "1" })).toMatchObject({ code: 409 });
    expect(await remove({ uid, resourceVersion })).toMatchObject({ code: 200, body: { status: "Success" } });
    expect(await remove({ uid })).toMatchObject({ code: 404, body: { reason: "NotFound" } });
  });

  it("keeps the books of server-side apply", async () => {
    const at = `${policies}/books`;
    const first = await apply(at, "one", policy("books"));
    expect(first.code).toBe(201);
    expect(await apply(at, "one", policy("books"))).toMatchObject({
      code: 200,
      body: { metadata: { resourceVersion: metadataOf(first.body)["resourceVersion"] } },
    });
    const clash = await apply(at, "two", policy("books", { order: 2 }));
    expect(clash).toMatchObject({
      code: 409,
      body: { reason: "Conflict", message: 'Apply failed with 1 conflict: conflict with "one": .spec.order' },
    });
    expect(valueAt(clash.body, "details", "causes")).toEqual([
      { reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".spec.order" },
    ]);
    expect(await apply(at, "two", policy("books", { order: 2 }), true)).toMatchObject({
      code: 200,
      body: { spec: { order: 2 } },
    });
    const { order: _order, ...withoutOrder } = objectOf(policy("books").spec);
    const left = await apply(at, "one", { ...policy("books"), spec: withoutOrder });
    expect(valueAt(left.body, "spec", "order")).toBe(2);
    const { order: _mine, ...rest } = objectOf(policy("books").spec);
    const gone = await apply(at, "two", { ...policy("books"), spec: rest });
    expect(valueAt(gone.body, "spec", "order")).toBeUndefined();
    const managers = objectsOf(metadataOf(gone.body)["managedFields"]).map(
      ({ manager, operation }) => `${String(manager)} ${String(operation)}`,
    );
    expect(managers.toSorted()).toEqual(["one Apply", "two Apply"]);
  });

  it("lets two appliers own different items of one list", async () => {
    const at = "/apis/apps/v1/namespaces/default/deployments/shared";
    const base = (containers: JsonObject[]) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shared" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers } },
      },
    });
    await apply(at, "one", base([{ name: "main", image: "x:1" }]));
    const second = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: { template: { spec: { containers: [{ name: "side", image: "y:1" }] } } },
    };
    const both = await apply(at, "two", second);
    const names = (body: JsonObject) =>
      objectsOf(valueAt(body, "spec", "template", "spec", "containers")).map(({ name }) => name);
    expect(names(both.body)).toEqual(["main", "side"]);
    const change = await apply(at, "two", {
      ...second,
      spec: {
        template: {
          spec: {
            containers: [
              { name: "main", image: "x:2" },
              { name: "side", image: "y:1" },
            ],
          },
        },
      },
    });
    expect(change.body["message"]).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.template.spec.containers[name="main"].image',
    );
    const alone = await apply(at, "two", { apiVersion: "apps/v1", kind: "Deployment" });
    expect(names(alone.body)).toEqual(["main"]);
  });

  it("merges strategically where the kind is Kubernetes' own, and refuses it for Calico's", async () => {
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "strategic" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: "s" } },
        template: {
          metadata: { labels: { a: "s" } },
          spec: {
            containers: [
              { name: "a", image: "a:1" },
              { name: "b", image: "b:1" },
            ],
          },
        },
      },
    };
    const at = "/apis/apps/v1/namespaces/default/deployments";
    await cluster.request("POST", at, { body: deployment });
    const containers = [
      { name: "b", $patch: "delete" },
      { name: "a", image: "a:2" },
      { name: "c", image: "c:1" },
    ];
    const merged = await cluster.request("PATCH", `${at}/strategic`, {
      contentType: "application/strategic-merge-patch+json",
      body: { spec: { template: { spec: { containers } } } },
    });
    const found = objectsOf(valueAt(merged.body, "spec", "template", "spec", "containers")).map(
      ({ name, image }) => `${String(name)}=${String(image)}`,
    );
    expect(found).toEqual(["a=a:2", "c=c:1"]);
    await cluster.request("POST", policies, { body: policy("plain") });
    const refused = await cluster.request("PATCH", `${policies}/plain`, {
      contentType: "application/strategic-merge-patch+json",
      body: {},
    });
    expect(refused).toMatchObject({ code: 415, body: { reason: "UnsupportedMediaType" } });
  });

  it("drops what it does not know with a warning, or refuses it where asked", async () => {
    const odd = { ...policy("odd"), spec: { ...policy("odd").spec, colour: "red" } };
    const warned = await cluster.request("POST", policies, { body: odd });
    expect(warned).toMatchObject({ code: 201, warning: '299 - "unknown field \\"spec.colour\\""' });
    expect(valueAt(warned.body, "spec", "colour")).toBeUndefined();
    expect(await cluster.request("PUT", `${policies}/odd?fieldValidation=Strict`, { body: odd })).toMatchObject({
      code: 400,
    });
  });

  it("counts generations by content, and keeps status to its subresource", async () => {
    const { body } = await cluster.request("POST", policies, { body: policy("counted") });
    const relabelled = { ...body, metadata: { ...metadataOf(body), labels: { a: "b" } } };
    expect(
      metadataOf((await cluster.request("PUT", `${policies}/counted`, { body: relabelled })).body)["generation"],
    ).toBe(1);
    const changed = await cluster.request("PATCH", `${policies}/counted`, {
      contentType: "application/merge-patch+json",
      body: { spec: { order: 7 } },
    });
    expect(metadataOf(changed.body)["generation"]).toBe(2);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "outside" },
      spec: { containers: [{ name: "a", image: "example.test/external:1" }] },
      status: { podIP: "1.2.3.4" },
    };
    await cluster.request("POST", pods, { body: pod });
    await until(
      cluster,
      () =>
        valueAt(
          cluster.cluster.store.get({ resource: "pods", namespace: "default", name: "outside" }),
          "spec",
          "nodeName",
        ) !== undefined,
    );
    const scheduled = await cluster.request("GET", `${pods}/outside`);
    expect(scheduled.body).toMatchObject({
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] },
    });
    const status = { phase: "Running", podIP: "10.9.9.9", conditions: [{ type: "Ready", status: "True" }] };
    const reported = await cluster.request("PATCH", `${pods}/outside/status`, {
      contentType: "application/merge-patch+json",
      body: { status, metadata: { labels: { sneaked: "in" } } },
    });
    expect(reported.body).toMatchObject({ status: { phase: "Running", podIP: "10.9.9.9" } });
    expect(metadataOf(reported.body)["labels"]).toBeUndefined();
  });

  it("waits for the outside runtime of a pod that it does not run itself", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "leaving" },
      spec: { containers: [{ name: "a", image: "example.test/external" }] },
    };
    await cluster.request("POST", pods, { body: pod });
    const marked = await cluster.request("DELETE", `${pods}/leaving`);
    expect(metadataOf(marked.body)["deletionTimestamp"]).toBeTypeOf("string");
    expect(await cluster.request("GET", `${pods}/leaving`)).toMatchObject({ code: 200 });
    await cluster.request("DELETE", `${pods}/leaving`, { body: { gracePeriodSeconds: 0 } });
    expect(await cluster.request("GET", `${pods}/leaving`)).toMatchObject({ code: 404 });
  });

  it("keeps an object while it has a finalizer", async () => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kept", finalizers: ["example.test/keep"] } };
    await cluster.request("POST", maps, { body });
    const marked = await cluster.request("DELETE", `${maps}/kept`);
    expect(metadataOf(marked.body)["deletionTimestamp"]).toBeTypeOf("string");
    await cluster.request("PATCH", `${maps}/kept`, {
      contentType: "application/merge-patch+json",
      body: { metadata: { finalizers: null } },
    });
    expect(await cluster.request("GET", `${maps}/kept`)).toMatchObject({ code: 404 });
  });

  it("makes names, and refuses bad ones", async () => {
    const made = await cluster.request("POST", maps, {
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "made-" } },
    });
    expect(metadataOf(made.body)["name"]).toMatch(/^made-[a-z]{5}$/);
    const bad = await cluster.request("POST", maps, { body: map("Not_A_Name", {}) });
    expect(bad).toMatchObject({
      code: 422,
      body: { reason: "Invalid", details: { causes: [{ reason: "FieldValueInvalid", field: "metadata.name" }] } },
    });
    expect(await cluster.request("POST", maps, { body: map("still", {}) })).toMatchObject({
      code: 409,
      body: { reason: "AlreadyExists" },
    });
  });

  const policyRows: readonly { name: string; spec: JsonObject; field: string }[] = [
    { name: "selector", spec: { selector: "a ==" }, field: "spec.selector" },
    {
      name: "peer selector",
      spec: { egress: [{ action: "Allow", destination: { selector: "((" } }] },
      field: "spec.egress[0].destination.selector",
    },
    { name: "action", spec: { ingress: [{ action: "Maybe" }] }, field: "spec.ingress[0].action" },
    { name: "missing action", spec: { ingress: [{}] }, field: "spec.ingress[0].action" },
    {
      name: "network",
      spec: { ingress: [{ action: "Deny", source: { nets: ["10.0.0.0/33"] } }] },
      field: "spec.ingress[0].source.nets[0]",
    },
    {
      name: "port without protocol",
      spec: { ingress: [{ action: "Deny", destination: { ports: [80] } }] },
      field: "spec.ingress[0].destination.ports",
    },
    {
      name: "too many rules",
      spec: { ingress: Array.from({ length: 1_025 }, () => ({ action: "Allow" })) },
      field: "spec.ingress",
    },
    { name: "too long a selector", spec: { selector: `has(${"a".repeat(1_100)})` }, field: "spec.selector" },
    { name: "type of order", spec: { order: "first" }, field: "spec.order" },
  ];
  it.each(policyRows)("rejects a policy for its $name", async ({ spec, field }) => {
    const answer = await cluster.request("POST", policies, { body: policy("wrong", spec) });
    expect(answer).toMatchObject({ code: 422, body: { reason: "Invalid" } });
    expect(objectsOf(valueAt(answer.body, "details", "causes")).map((cause) => cause["field"])).toContain(field);
  });

  it("holds a policy's name to its tier", async () => {
    await cluster.request("POST", "/apis/projectcalico.org/v3/tiers", {
      body: { apiVersion: "projectcalico.org/v3", kind: "Tier", metadata: { name: "team" }, spec: { order: 5 } },
    });
    const create = (name: string) => cluster.request("POST", policies, { body: policy(name, { tier: "team" }) });
    expect(await create("team.a")).toMatchObject({
      code: 201,
      body: { metadata: { labels: { "projectcalico.org/tier": "team" } } },
    });
    expect(await create("bare")).toMatchObject({ code: 201 });
    expect(await create("other.a")).toMatchObject({ code: 422 });
  });

  it("protects the fixed tiers", async () => {
    const at = "/apis/projectcalico.org/v3/tiers";
    expect(await cluster.request("DELETE", `${at}/default`)).toMatchObject({ code: 403 });
    const change = { contentType: "application/merge-patch+json", body: { spec: { order: 5 } } };
    expect(await cluster.request("PATCH", `${at}/kube-admin`, change)).toMatchObject({ code: 422 });
  });

  it("never gives an address twice, and gives it again after its pod", async () => {
    const create = (name: string) =>
      cluster.request("POST", pods, {
        body: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name },
          spec: { containers: [{ name: "a", image: "inside:1" }] },
        },
      });
    const addresses = () =>
      cluster.cluster.store
        .list("pods")
        .map((pod) => stringOf(valueAt(pod, "status", "podIP")))
        .filter((address) => address.startsWith("10.50."));
    const total = 254;
    for (let index = 0; index < total; index += 1) await create(`many-${index}`);
    await until(cluster, () => addresses().length === total);
    expect(new Set(addresses()).size).toBe(total);
    await create("one-too-many");
    const freed = stringOf(
      valueAt(cluster.cluster.store.get({ resource: "pods", namespace: "default", name: "many-7" }), "status", "podIP"),
    );
    await cluster.request("DELETE", `${pods}/many-7`);
    await until(cluster, () => addresses().length === total);
    const late = cluster.cluster.store.get({ resource: "pods", namespace: "default", name: "one-too-many" });
    expect(valueAt(late, "status", "podIP")).toBe(freed);
  });

  it("leaves hand-made slices of a service without a selector alone", async () => {
    const services = "/api/v1/namespaces/default/services";
    const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    await cluster.request("POST", services, {
      body: { apiVersion: "v1", kind: "Service", metadata: { name: "far" }, spec: { ports: [{ port: 80 }] } },
    });
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "far-1", labels: { "kubernetes.io/service-name": "far" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.9.9.9"] }],
      ports: [{ port: 80 }],
    };
    const made = await cluster.request("POST", slices, { body: slice });
    await cluster.request("PATCH", `${services}/far`, {
      contentType: "application/merge-patch+json",
      body: { metadata: { labels: { touched: "yes" } } },
    });
    const now = await cluster.request("GET", `${slices}?labelSelector=kubernetes.io/service-name%3Dfar`);
    expect(objectsOf(now.body["items"]).map((item) => valueAt(item, "metadata", "uid"))).toEqual([
      metadataOf(made.body)["uid"],
    ]);
  });

  const unserved = [
    { name: "unknown group", method: "GET", at: "/apis/example.test/v1/things", code: 404, reason: "NotFound" },
    { name: "unknown resource", method: "GET", at: "/api/v1/persistentvolumes", code: 404, reason: "NotFound" },
    { name: "unknown subresource", method: "GET", at: `${pods}/outside/log`, code: 404, reason: "NotFound" },
    { name: "create by name", method: "POST", at: `${maps}/named`, code: 405, reason: "MethodNotAllowed" },
    {
      name: "create in all namespaces",
      method: "POST",
      at: "/api/v1/configmaps",
      code: 405,
      reason: "MethodNotAllowed",
    },
    {
      name: "write of a definition",
      method: "DELETE",
      at: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tiers.projectcalico.org",
      code: 405,
      reason: "MethodNotAllowed",
    },
  ];
  it.each(unserved)("answers $code for an $name", async ({ method, at, code, reason }) => {
    const body = method === "POST" ? map("named", {}) : undefined;
    const answer = await cluster.request(method, at, body ? { body } : {});
    expect(answer).toMatchObject({ code, body: { kind: "Status", status: "Failure", reason } });
  });

  it("refuses a body that is no JSON or of another kind", async () => {
    expect(await cluster.request("POST", maps, { body: "{" })).toMatchObject({ code: 400 });
    expect(await cluster.request("POST", maps, { body: policy("x") })).toMatchObject({ code: 400 });
    expect(await cluster.request("POST", maps, { body: "<a/>", contentType: "text/xml" })).toMatchObject({ code: 415 });
  });
});
