import { describe, expect, it } from "vitest";
import { countsText, outcomeText, withRow } from "./soak-record.mjs";

const ENGINE = { group: "engine", intro: "What it does.", columns: ["date", "seed"] };

describe("the record of soak runs", () => {
  it("begins with a section of the group", () => {
    expect(withRow("", ENGINE, ["today", 7])).toBe(
      "# Soak runs\n\n## engine\n\nWhat it does.\n\n| date | seed |\n| --- | --- |\n| today | 7 |\n",
    );
  });

  it("gets one row more in the group's own table, wherever its section stands", () => {
    const two = withRow(withRow("", ENGINE, ["a", 1]), { ...ENGINE, group: "skeleton" }, ["b", 2]);
    const three = withRow(two, ENGINE, ["c", 3]);
    expect(three.indexOf("| c | 3 |")).toBeGreaterThan(three.indexOf("| a | 1 |"));
    expect(three.indexOf("| c | 3 |")).toBeLessThan(three.indexOf("## skeleton"));
    expect(
      withRow(three, { ...ENGINE, group: "skeleton" }, ["d", 4])
        .trimEnd()
        .endsWith("| d | 4 |"),
    ).toBe(true);
    expect(three.match(/## engine/g)).toHaveLength(1);
  });

  it("keeps what a fault says within its cell", () => {
    expect(withRow("", ENGINE, [outcomeText(["a | b\n  c"]), ""])).toContain("| **failed**: a \\| b c |  |");
  });

  it("tells counts by name", () => {
    expect(countsText({ selectors: 1_234, "manifests accepted": 5 })).toBe("selectors 1,234, manifests accepted 5");
    expect(outcomeText([])).toBe("held");
  });
});
