import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AGENT_NODE_FLAGS } from "./agent-node-flags";

it("runs the agent under the flags of its image", () => {
  const image = readFileSync(join(import.meta.dirname, "../../../../deploy/docker/agent.Dockerfile"), "utf8");
  const entry = /^ENTRYPOINT (?<words>\[.*\])$/mu.exec(image)?.groups?.["words"] ?? "[]";
  const words = JSON.parse(entry) as readonly string[];
  expect(words).toEqual(["/nodejs/bin/node", ...AGENT_NODE_FLAGS, "/app/main.mjs"]);
});
