import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkOrigin, StateOriginError } from "./state-origin";

const one = { seed: 1, clusters: [] };
const other = { seed: 2, clusters: [] };
let dir = "";

describe("the scenario that a state folder is made from", () => {
  beforeEach(() => void (dir = mkdtempSync(path.join(tmpdir(), "isthmus-origin-"))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("is taken again, also where its file has moved", () => {
    expect(checkOrigin(dir, "/a.yaml", one)).toBe("new");
    expect(checkOrigin(dir, "/a.yaml", one)).toBe("same");
    expect(checkOrigin(dir, "/b.yaml", one)).toBe("same");
  });

  it("is said to have changed where its file says something else", () => {
    checkOrigin(dir, "/a.yaml", one);
    expect(checkOrigin(dir, "/a.yaml", other)).toBe("changed");
    expect(checkOrigin(dir, "/a.yaml", one)).toBe("same");
  });

  it("refuses another one, and names both", () => {
    checkOrigin(dir, "boutique", one);
    expect(() => checkOrigin(dir, "large", other)).toThrow(StateOriginError);
    expect(() => checkOrigin(dir, "large", other)).toThrow("was made from the scenario boutique, not from large");
    expect(checkOrigin(dir, "boutique", one)).toBe("same");
  });

  it("is noted in a folder whose note cannot be read", () => {
    writeFileSync(path.join(dir, "origin.json"), "{");
    expect(checkOrigin(dir, "boutique", one)).toBe("new");
    expect(checkOrigin(dir, "boutique", one)).toBe("same");
  });
});
