import { isMap, parseAllDocuments } from "yaml";

/**
 * The agent's manifest with one replica in place of two: all pods of the demo are processes of one host, and a standby
 * would cost memory and protect from nothing.
 */
export function withOneReplica(manifest: string): string {
  const documents = parseAllDocuments(manifest);
  for (const document of documents) {
    if (document.get("kind") !== "Deployment" || !isMap(document.get("spec"))) continue;
    document.setIn(["spec", "replicas"], 1);
    document.setIn(["spec", "strategy"], document.createNode({ type: "Recreate" }));
  }
  return documents.map(String).join("");
}
