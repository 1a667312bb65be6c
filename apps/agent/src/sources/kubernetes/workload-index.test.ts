import type { KubeObject } from "@isthmus/k8s";
import { describe, expect, it } from "vitest";
import { WorkloadIndex } from "./workload-index";

type Owner = { kind: string; name: string };
const object = (kind: string, name: string, owner?: Owner, meta: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: {
    name,
    namespace: "shop",
    ...meta,
    ...(owner && { ownerReferences: [{ apiVersion: "apps/v1", uid: "u", controller: true, ...owner }] }),
  },
});
const set = object("ReplicaSet", "web-5d8", { kind: "Deployment", name: "web" });
const setPod = object(
  "Pod",
  "web-5d8-x1",
  { kind: "ReplicaSet", name: "web-5d8" },
  {
    generateName: "web-5d8-",
    labels: { "pod-template-hash": "5d8" },
  },
);

describe("WorkloadIndex", () => {
  const rows: { name: string; objects: KubeObject[]; asked: string; expected: Owner | undefined }[] = [
    {
      name: "a deployment by prefix",
      objects: [set, setPod],
      asked: "web-5d8-*",
      expected: { kind: "Deployment", name: "web" },
    },
    {
      name: "a deployment by pod",
      objects: [set, setPod],
      asked: "web-5d8-x1",
      expected: { kind: "Deployment", name: "web" },
    },
    {
      name: "a pod seen before its set",
      objects: [setPod],
      asked: "web-5d8-*",
      expected: { kind: "Deployment", name: "web" },
    },
    { name: "a set without pods", objects: [set], asked: "web-5d8-*", expected: { kind: "Deployment", name: "web" } },
    {
      name: "a stateful set",
      objects: [
        object("StatefulSet", "db"),
        object("Pod", "db-0", { kind: "StatefulSet", name: "db" }, { generateName: "db-" }),
      ],
      asked: "db-*",
      expected: { kind: "StatefulSet", name: "db" },
    },
    {
      name: "a cron job behind its job",
      objects: [object("Job", "report-28", { kind: "CronJob", name: "report" })],
      asked: "report-28-*",
      expected: { kind: "CronJob", name: "report" },
    },
    { name: "a bare pod", objects: [object("Pod", "debug")], asked: "debug", expected: { kind: "Pod", name: "debug" } },
    {
      name: "a static pod is nobody's",
      objects: [object("Pod", "etcd-n1", { kind: "Node", name: "n1" })],
      asked: "etcd-n1",
      expected: { kind: "Pod", name: "etcd-n1" },
    },
    { name: "another namespace", objects: [set, setPod], asked: "../web-5d8-*", expected: undefined },
    { name: "an unknown name", objects: [set], asked: "pub", expected: undefined },
  ];
  it.each(rows)("$name", ({ objects, asked, expected }) => {
    const index = new WorkloadIndex();
    for (const each of objects) index.learn(each);
    expect(index.workloadOf("shop", asked)).toEqual(expected);
  });
});
