import { describe, expect, it } from "vitest";
import { judgeParts, type Part } from "./judge-parts";

interface Given extends Partial<Part> {
  readonly name: string;
  readonly isNew?: boolean;
  readonly isCutOff?: boolean;
}

/** What becomes of parts, by table and name. */
function fatesOf(given: readonly Given[]): Readonly<Record<string, string>> {
  const facts = new Map<Part, Given>();
  for (const each of given) {
    const [partition = "", first, last, level] = each.name.split("_");
    facts.set(
      {
        folder: "flow",
        isActive: true,
        partition,
        firstBlock: Number(first),
        lastBlock: Number(last),
        level: Number(level),
        engine: each.folder === undefined ? "MergeTree" : "AggregatingMergeTree",
        ...each,
      },
      each,
    );
  }
  const fates = judgeParts([...facts.keys()], {
    isNew: (part) => facts.get(part)?.isNew === true,
    isWhole: (part) => facts.get(part)?.isCutOff !== true,
  });
  return Object.fromEntries([...fates].map(([{ folder, name }, fate]) => [`${folder}/${name}`, fate]));
}

describe("judgeParts", () => {
  it("leaves parts that are whole and were there before", () => {
    expect(fatesOf([{ name: "p_1_1_0" }, { name: "p_2_5_1" }])).toEqual({});
  });

  it("takes an insert in doubt away everywhere, also where it is whole", () => {
    const insert = [
      { name: "p_4_4_0", isNew: true, isCutOff: true },
      { name: "p_9_9_1", folder: "edge_hour", isNew: true },
    ];
    expect(fatesOf([{ name: "p_3_3_0" }, ...insert])).toEqual({
      "flow/p_4_4_0": "again",
      "edge_hour/p_9_9_1": "again",
    });
  });

  it("brings back what a cut-off merge was made from", () => {
    const sources = [1, 2].map((at) => ({ name: `p_${at}_${at}_0`, isActive: false }));
    expect(fatesOf([...sources, { name: "p_1_2_1", isCutOff: true }])).toEqual({ "flow/p_1_2_1": "sources" });
  });

  it("undoes a merge, whole as it is, that took an insert in doubt in, and one of that", () => {
    const parts = [
      { name: "p_1_1_0", isActive: false },
      { name: "p_2_2_0", isActive: false, isNew: true },
      { name: "p_1_2_1", isActive: false, isNew: true },
      { name: "p_3_3_0", isActive: false },
      { name: "p_1_3_2", isNew: true },
    ];
    expect(fatesOf(parts)).toEqual({
      "flow/p_2_2_0": "again",
      "flow/p_1_2_1": "sources",
      "flow/p_1_3_2": "sources",
    });
  });

  it.each([
    { name: "an insert of before", part: { name: "p_1_1_0", isCutOff: true } },
    { name: "a merge without its sources", part: { name: "p_1_4_1", isCutOff: true } },
    { name: "a merge whose sources are of another partition", part: { name: "p_1_2_1", isCutOff: true } },
    { name: "a mutation without its source", part: { name: "p_1_1_0_7", isCutOff: true, isNew: true } },
  ])("counts $name as lost where it is cut off", ({ part }) => {
    const others = [{ name: "q_1_1_0", isActive: false }];
    expect(fatesOf([...others, part])).toEqual({ [`flow/${part.name}`]: "lost" });
  });

  it("leaves a mutation of an insert that is whole", () => {
    expect(
      fatesOf([
        { name: "p_1_1_0", isActive: false },
        { name: "p_1_1_0_7", isNew: true },
      ]),
    ).toEqual({});
  });

  it("brings back what a cut-off mutation was made from", () => {
    expect(
      fatesOf([
        { name: "p_1_1_0", isActive: false },
        { name: "p_1_1_0_7", isNew: true, isCutOff: true },
      ]),
    ).toEqual({
      "flow/p_1_1_0_7": "sources",
    });
  });
});
