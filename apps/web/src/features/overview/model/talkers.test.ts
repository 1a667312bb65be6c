import type { EdgeGroup, GroupCounts, GroupEnd } from "@isthmus/flow-store";
import { describe, expect, it } from "vitest";
import { filterFor, groupings, measures, printTalkers, readTalkers, sides, talkersOf } from "./talkers";

const counts = (bytes: number): GroupCounts => ({ bytes, packets: 0, connections: 0, flows: 1, denied: 0 });
const end = (name: string, changes: Partial<GroupEnd> = {}): GroupEnd => ({
  clusterId: "west",
  namespace: "shop",
  kind: "Deployment",
  name,
  ...changes,
});
const group = (dest: GroupEnd, bySource: number, byDestination: number): EdgeGroup => ({
  source: null,
  dest,
  port: null,
  protocol: null,
  service: null,
  bySource: counts(bySource),
  byDestination: counts(byDestination),
});
const choice = { side: "dest", by: "workload", measure: "bytes" } as const;

describe("the choice in the URL", () => {
  it("is read as it was printed, whatever it is", () => {
    const all = sides.flatMap((side) =>
      groupings.flatMap((by) =>
        measures.map((measure) => ({ side: side.value, by: by.value, measure: measure.value })),
      ),
    );
    expect(all.map((each) => readTalkers(printTalkers(each) ?? null))).toEqual(all);
  });

  it.each([null, "", "dest", "x.y.z", "dest.workload.bytes.more"])("is the first one for `%s`", (text) =>
    expect(readTalkers(text)).toEqual(choice),
  );
});

describe("talkers", () => {
  it("count what the end says that counted more, most first", () => {
    const groups = [group(end("a"), 5, 3), group(end("b"), 0, 9)];
    expect(talkersOf(groups, choice).map(({ end: { name }, value }) => [name, value])).toEqual([
      ["b", 9],
      ["a", 5],
    ]);
    expect(talkersOf(groups, { ...choice, side: "source" })).toEqual([]);
  });

  it.each([
    { name: "a workload", by: "workload", at: end("cart"), filter: "dest.workload = cart" },
    { name: "a name with spaces", by: "workload", at: end("a b"), filter: 'dest.workload = "a b"' },
    { name: "a namespace", by: "namespace", at: end("", { kind: "" }), filter: "dest.namespace = shop" },
    { name: "what is hidden", by: "workload", at: end("", { kind: "outside-scope" }), filter: undefined },
    { name: "a cluster", by: "cluster", at: end("", { namespace: "" }), filter: undefined },
  ] as const)("have a filter of their flows: $name", ({ by, at, filter }) => {
    expect(filterFor({ key: "", end: at, value: 1 }, { ...choice, by })).toBe(filter);
  });
});
