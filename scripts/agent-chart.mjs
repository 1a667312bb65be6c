// Copies the rules of the agent's ClusterRole from the manifest into the Helm chart, which can read no file outside
// itself. A test says when this has to run: `node scripts/agent-chart.mjs`.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, URL } from "node:url";

const manifest = new URL("../deploy/agent/agent.yaml", import.meta.url);
export const rulesFile = new URL("../deploy/helm/isthmus-agent/files/cluster-role-rules.yaml", import.meta.url);

/** The rules as they stand in the manifest, comments included. */
export function clusterRoleRules(text = readFileSync(manifest, "utf8")) {
  const role = text.split(/^---$/m).find((document) => /^kind: ClusterRole$/m.test(document)) ?? "";
  const rules = role.split(/^rules:\n/m)[1] ?? "";
  if (rules === "") throw new Error("deploy/agent/agent.yaml has no ClusterRole with rules");
  return rules.replaceAll(/^ {2}/gm, "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(rulesFile, clusterRoleRules());
