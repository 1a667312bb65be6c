import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arrayOf, objectsOf, stringOf, valueAt } from "../src/json";
import { startTestCluster, type TestCluster } from "./api/fixture";
import { eventText, watch } from "./api/watching";

const maps = "/api/v1/namespaces/default/configmaps";

describe("list and watch", () => {
  let cluster: TestCluster;
  const create = (name: string, labels = {}) =>
    cluster.request("POST", maps, {
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data: { n: "0" } },
    });
  const version = async () =>
    stringOf(valueAt((await cluster.request("GET", maps)).body, "metadata", "resourceVersion"));

  beforeAll(async () => {
    cluster = await startTestCluster();
  });
  afterAll(() => cluster.destroy());

  it("sends what is there, then what changes", async () => {
    await create("first");
    const watching = watch(cluster, `${maps}?watch=1`);
    await watching.until((events) => events.map(eventText).includes("ADDED first"));
    await create("second");
    await cluster.request("PATCH", `${maps}/second`, {
      contentType: "application/merge-patch+json",
      body: { data: { n: "1" } },
    });
    await cluster.request("DELETE", `${maps}/second`);
    await watching.until((events) => events.map(eventText).includes("DELETED second"));
    const second = watching.events.map(eventText).filter((text) => text.endsWith("second"));
    expect(second).toEqual(["ADDED second", "MODIFIED second", "DELETED second"]);
    watching.stop();
  });

  it("resumes after a version without loss or repetition", async () => {
    const from = await version();
    await create("third");
    await create("fourth");
    const watching = watch(cluster, `${maps}?watch=1&resourceVersion=${from}`);
    await create("fifth");
    await watching.until((events) => events.length >= 3);
    expect(watching.events.map(eventText)).toEqual(["ADDED third", "ADDED fourth", "ADDED fifth"]);
    watching.stop();
  });

  it("answers 410 for a version that is out of the window, and 504 for one that is yet to come", async () => {
    const from = await version();
    const churn = "churn";
    await create(churn);
    const store = cluster.cluster.store;
    for (let round = 0; round < 2_100; round += 1) {
      const live = store.get({ resource: "configmaps", namespace: "default", name: churn });
      if (live) store.update("configmaps", { ...live, data: { n: String(round) } });
    }
    const watching = watch(cluster, `${maps}?watch=1&resourceVersion=${from}`);
    await watching.ended;
    expect(watching.events).toMatchObject([
      { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } },
    ]);
    const early = await cluster.request("GET", `${maps}?watch=1&resourceVersion=999999999`);
    expect(early).toMatchObject({ code: 504, body: { reason: "Timeout" } });
  });

  it("turns a change of labels into ADDED and DELETED for a selector", async () => {
    await create("moving", { tier: "a" });
    const watching = watch(cluster, `${maps}?watch=1&labelSelector=tier%3Db&resourceVersion=${await version()}`);
    const relabel = (tier: string) =>
      cluster.request("PATCH", `${maps}/moving`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { labels: { tier } } },
      });
    await relabel("b");
    await relabel("c");
    await watching.until((events) => events.length >= 2);
    expect(watching.events.map(eventText)).toEqual(["ADDED moving", "DELETED moving"]);
    watching.stop();
  });

  it("marks the end of the initial events where a client asks for them", async () => {
    const query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true";
    const refused = await cluster.request("GET", `${maps}?${query}`);
    expect(refused).toMatchObject({ code: 422 });
    const watching = watch(cluster, `${maps}?${query}&resourceVersionMatch=NotOlderThan`);
    await watching.until((events) => events.some(({ type }) => type === "BOOKMARK"));
    const mark = watching.events.at(-1);
    expect(valueAt(mark, "object", "metadata", "annotations")).toEqual({ "k8s.io/initial-events-end": "true" });
    watching.stop();
  });

  it("ends a watch at its timeout", async () => {
    const watching = watch(cluster, `${maps}?watch=1&timeoutSeconds=1&resourceVersion=${await version()}`);
    await watching.ended;
    expect(watching.events).toEqual([]);
  });

  it("cuts a list by limit and goes on in the same version", async () => {
    await cluster.request("DELETE", `${maps}?labelSelector=page`);
    for (const name of ["p1", "p2", "p3", "p4", "p5"]) await create(name, { page: "x" });
    const first = await cluster.request("GET", `${maps}?limit=2&labelSelector=page`);
    expect(valueAt(first.body, "metadata", "remainingItemCount")).toBe(3);
    await cluster.request("DELETE", `${maps}/p4`);
    const token = stringOf(valueAt(first.body, "metadata", "continue"));
    const second = await cluster.request("GET", `${maps}?limit=10&labelSelector=page&continue=${token}`);
    const names = [...objectsOf(first.body["items"]), ...objectsOf(second.body["items"])].map((item) =>
      valueAt(item, "metadata", "name"),
    );
    expect(names).toEqual(["p1", "p2", "p3", "p4", "p5"]);
    expect(valueAt(second.body, "metadata", "resourceVersion")).toBe(
      valueAt(first.body, "metadata", "resourceVersion"),
    );
    expect(await cluster.request("GET", `${maps}?limit=2&continue=unknown`)).toMatchObject({ code: 400 });
    const forgotten = "00000000-0000-4000-8000-000000000000";
    expect(await cluster.request("GET", `${maps}?limit=2&continue=${forgotten}`)).toMatchObject({ code: 410 });
  });

  const selections = [
    { name: "equality", query: "labelSelector=kind%3Da", expected: ["s1"] },
    { name: "inequality counts the unlabelled", query: "labelSelector=set,kind!%3Da", expected: ["s2", "s3"] },
    { name: "set", query: "labelSelector=kind+in+(a,b)", expected: ["s1", "s2"] },
    { name: "absence", query: "labelSelector=set,!kind", expected: ["s3"] },
    { name: "name", query: "fieldSelector=metadata.name%3Ds2", expected: ["s2"] },
  ];
  it.each(selections)("selects by $name", async ({ query, expected }) => {
    await create("s1", { set: "1", kind: "a" });
    await create("s2", { set: "1", kind: "b" });
    await create("s3", { set: "1" });
    const { body } = await cluster.request("GET", `${maps}?${query}`);
    expect(objectsOf(body["items"]).map((item) => valueAt(item, "metadata", "name"))).toEqual(expected);
  });

  it("refuses selectors that it cannot read", async () => {
    expect(await cluster.request("GET", `${maps}?labelSelector=a%3D%3D%3Db`)).toMatchObject({ code: 400 });
    const field = await cluster.request("GET", `${maps}?fieldSelector=data.x%3D1`);
    expect(field).toMatchObject({ code: 400, body: { message: "field label not supported: data.x" } });
  });

  it("prints tables and metadata", async () => {
    const table = await cluster.request("GET", maps, {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    });
    expect(table.body).toMatchObject({
      kind: "Table",
      columnDefinitions: [{ name: "Name" }, { name: "Data" }, { name: "Age" }],
    });
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const metadata = await cluster.request("GET", maps, { accept });
    expect(metadata.body["kind"]).toBe("PartialObjectMetadataList");
    expect(arrayOf(metadata.body["items"]).every((item) => valueAt(item, "data") === undefined)).toBe(true);
    expect(await cluster.request("GET", maps, { accept: "text/html" })).toMatchObject({ code: 406 });
  });
});
