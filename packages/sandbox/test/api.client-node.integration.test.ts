import * as k8s from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCluster, type TestCluster } from "./api/fixture";

describe("the stock client for Node", () => {
  let cluster: TestCluster;
  let config: k8s.KubeConfig;

  beforeAll(async () => {
    cluster = await startTestCluster();
    config = new k8s.KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
  });
  afterAll(() => cluster.destroy());

  it("creates, lists and deletes", async () => {
    const core = config.makeApiClient(k8s.CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: "node" } } });
    const body = { metadata: { name: "p" }, spec: { containers: [{ name: "a", image: "a:1" }] } };
    await core.createNamespacedPod({ namespace: "node", body });
    const { items } = await core.listNamespacedPod({ namespace: "node" });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(["p"]);
    await core.deleteNamespacedPod({ namespace: "node", name: "p" });
    await expect(core.readNamespacedPod({ namespace: "node", name: "p" })).rejects.toMatchObject({ code: 404 });
  });

  it("works on Calico's kinds as custom objects", async () => {
    const custom = config.makeApiClient(k8s.CustomObjectsApi);
    const kind = { group: "projectcalico.org", version: "v3", plural: "globalnetworksets" };
    const body = {
      apiVersion: "projectcalico.org/v3",
      kind: "GlobalNetworkSet",
      metadata: { name: "set" },
      spec: { nets: ["10.1.0.0/16"] },
    };
    await custom.createClusterCustomObject({ ...kind, body });
    const patch = [{ op: "add", path: "/spec/nets/-", value: "10.2.0.0/16" }];
    await custom.patchClusterCustomObject({ ...kind, name: "set", body: patch });
    expect(await custom.getClusterCustomObject({ ...kind, name: "set" })).toMatchObject({
      spec: { nets: ["10.1.0.0/16", "10.2.0.0/16"] },
    });
    const bad = { ...body, metadata: { name: "bad" }, spec: { nets: ["nowhere"] } };
    await expect(custom.createClusterCustomObject({ ...kind, body: bad })).rejects.toMatchObject({ code: 422 });
  });

  it("keeps an informer's cache", async () => {
    const core = config.makeApiClient(k8s.CoreV1Api);
    const list = () => core.listNamespacedConfigMap({ namespace: "default" });
    const informer = k8s.makeInformer(config, "/api/v1/namespaces/default/configmaps", list);
    const seen = (event: "add" | "update" | "delete", name: string) =>
      new Promise<void>((resolve) => {
        informer.on(event, (object: k8s.KubernetesObject) => {
          if (object.metadata?.name === name) resolve();
        });
      });
    const [added, changed, gone] = [seen("add", "cached"), seen("update", "cached"), seen("delete", "cached")];
    await informer.start();
    await core.createNamespacedConfigMap({
      namespace: "default",
      body: { metadata: { name: "cached" }, data: { n: "1" } },
    });
    await added;
    await core.replaceNamespacedConfigMap({
      namespace: "default",
      name: "cached",
      body: { metadata: { name: "cached" }, data: { n: "2" } },
    });
    await changed;
    expect(informer.get("cached", "default")).toMatchObject({ data: { n: "2" } });
    await core.deleteNamespacedConfigMap({ namespace: "default", name: "cached" });
    await gone;
    await informer.stop();
  });

  it("asks what it may do", async () => {
    const authorization = config.makeApiClient(k8s.AuthorizationV1Api);
    const spec = { resourceAttributes: { verb: "delete", resource: "nodes" } };
    const { status } = await authorization.createSelfSubjectAccessReview({ body: { spec } });
    expect(status?.allowed).toBe(true);
  });
});
