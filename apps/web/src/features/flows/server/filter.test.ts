import type { ClusterRecord } from "@isthmus/db";
import { printFilter } from "@isthmus/flow-filter";
import { describe, expect, it } from "vitest";
import { edgeFilter, isOneEnded, storeFilter } from "./filter";

const allClusters = [
  { id: "id-1", name: "eu-west" },
  { id: "id-2", name: "us-east" },
] as unknown as readonly ClusterRecord[];
const view = { allClusters, narrowedTo: undefined };
const hours = (count: number) => ({ ...view, range: { fromMs: 0, toMs: count * 3_600_000 } });

describe("the store's filter for a page's", () => {
  it("is what the text says, with the names of all clusters and the page's scope", () => {
    const filter = storeFilter("not cluster=eu-west", { ...view, narrowedTo: ["id-2"] });
    expect(filter.where && printFilter(filter.where)).toBe("not cluster = eu-west");
    expect([...(filter.clusterNames ?? [])]).toEqual([
      ["id-1", "eu-west"],
      ["id-2", "us-east"],
    ]);
    expect(filter.clusterIds).toEqual(["id-2"]);
    expect(storeFilter("", view)).not.toHaveProperty("clusterIds");
  });

  it("is refused with every mistake and where it begins", () => {
    expect(() => storeFilter("prt = 1 and bytes ~ x", view)).toThrow(
      /at character 1, there is no field `prt`.*; at character 19, `bytes` cannot be compared with `~`/,
    );
  });

  it("may ask edges of a long range for what rollups have alone", () => {
    expect(edgeFilter("bytes > 1", hours(6)).where).toBeDefined();
    expect(edgeFilter("port = 1", hours(24)).where).toBeDefined();
    expect(() => edgeFilter("port = 1 or bytes > 1", hours(7))).toThrow("at character 13, `bytes` is known of single");
  });
});

describe("a filter for one end's report", () => {
  const rows = [
    { text: "", oneEnded: false },
    { text: "cluster = a and not (source.namespace = b or dest.workload != c)", oneEnded: false },
    { text: "service = a and port = 1 and protocol = tcp", oneEnded: false },
    { text: "action = deny", oneEnded: true },
    { text: "port = 1 or not staged = deny", oneEnded: true },
    { text: "bytes > 1kB", oneEnded: true },
    { text: "dest.label.app = web", oneEnded: true },
    { text: "text = web", oneEnded: true },
  ];
  it.each(rows)("$text: $oneEnded", ({ text, oneEnded }) => {
    expect(isOneEnded(storeFilter(text, view))).toBe(oneEnded);
  });
});
