import { describe, expect, it } from "vitest";
import type { KubeObject } from "./object";
import { trimObject } from "./trim";

const pod = (change: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-1",
    namespace: "shop",
    uid: "u",
    resourceVersion: "7",
    managedFields: [{ manager: "kubelet" }],
    labels: { app: "web" },
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", "projectcalico.org/x": "1" },
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "r", controller: true, blockOwnerDeletion: true },
    ],
  },
  spec: {
    nodeName: "n1",
    serviceAccountName: "web",
    containers: [
      {
        name: "c",
        image: "i",
        env: [{ name: "SECRET", value: "hunter2" }],
        ports: [{ name: "http", containerPort: 80 }],
      },
    ],
    volumes: [{ name: "v" }],
  },
  status: {
    phase: "Running",
    podIP: "10.0.0.1",
    podIPs: [{ ip: "10.0.0.1" }],
    conditions: [
      { type: "Ready", status: "True", lastProbeTime: "now" },
      { type: "Initialized", status: "True" },
    ],
    containerStatuses: [{ name: "c", ready: true, restartCount: 1, imageID: "sha256:x", ...change }],
  },
});

describe("trimObject", () => {
  it("keeps of a pod what is read, and none of its environment", () => {
    expect(trimObject(pod())).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "web-1",
        namespace: "shop",
        uid: "u",
        labels: { app: "web" },
        annotations: { "projectcalico.org/x": "1" },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "r", controller: true }],
      },
      spec: {
        nodeName: "n1",
        serviceAccountName: "web",
        containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: 80 }] }],
      },
      status: {
        phase: "Running",
        podIP: "10.0.0.1",
        podIPs: [{ ip: "10.0.0.1" }],
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [{ name: "c", ready: true, restartCount: 1 }],
      },
    });
  });

  it("is the same for objects that differ only in what nobody reads", () => {
    expect(trimObject(pod({ imageID: "sha256:y" }))).toEqual(trimObject(pod()));
    expect(trimObject(pod({ restartCount: 2 }))).not.toEqual(trimObject(pod()));
  });

  it("drops a node's heartbeats", () => {
    const node = (time: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n" },
      spec: { podCIDR: "10.0.0.0/24" },
      status: {
        conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: time }],
        images: [{ names: ["big"] }],
      },
    });
    expect(trimObject(node("1"))).toEqual(trimObject(node("2")));
    expect(JSON.stringify(trimObject(node("1")))).not.toContain("big");
  });

  it("keeps the whole of a policy's spec", () => {
    const spec = { tier: "t", ingress: [{ action: "Allow" }] };
    const policy = {
      apiVersion: "projectcalico.org/v3",
      kind: "NetworkPolicy",
      metadata: { name: "p" },
      spec,
      status: {},
    };
    expect(trimObject(policy)).toEqual({
      apiVersion: policy.apiVersion,
      kind: "NetworkPolicy",
      metadata: { name: "p" },
      spec,
    });
  });
});
