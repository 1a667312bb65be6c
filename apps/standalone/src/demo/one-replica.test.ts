import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { expect, it } from "vitest";
import { withOneReplica } from "./one-replica";

const shipped = readFileSync(new URL("../../../../deploy/agent/agent.yaml", import.meta.url), "utf8");
const objects = (manifest: string) => parseAllDocuments(manifest).map((document) => document.toJS() as object);

it("changes the replicas of the shipped manifest, how they follow each other, and nothing else", () => {
  const expected = objects(shipped).map((object) =>
    "kind" in object && object.kind === "Deployment" && "spec" in object
      ? { ...object, spec: { ...(object.spec as object), replicas: 1, strategy: { type: "Recreate" } } }
      : object,
  );
  expect(objects(withOneReplica(shipped))).toEqual(expected);
});
