import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { extractKubectl } from "../src/kubectl";
import { toolsFolder, startTestCluster, type TestCluster } from "./api/fixture";

const folder = join(import.meta.dirname, "../kubectl");

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.destroy());

it("kubectl prints on a tour of a sandbox cluster what is written down, to the last refusal", async () => {
  const { stdout, stderr } = await promisify(execFile)(join(folder, "script.sh"), {
    env: {
      PATH: process.env["PATH"],
      KUBECONFIG: cluster.kubeconfig,
      KUBECTL: await extractKubectl(toolsFolder),
      TOUR_NODE: "small-2",
    },
    timeout: 120_000,
  });
  expect(stderr).toBe("");
  expect(stdout.split("\n$ ")).toEqual(readFileSync(join(folder, "expected.txt"), "utf8").split("\n$ "));
}, 120_000);
