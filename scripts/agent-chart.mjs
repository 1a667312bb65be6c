// Copies the rules of the agent's ClusterRole from the manifest into the Helm chart, which can read no file outside
// itself: `node scripts/agent-chart.mjs`. With --check it says whether that has to be done.
import { readFileSync, writeFileSync } from "node:fs";
import { URL } from "node:url";

const manifest = new URL("../deploy/agent/agent.yaml", import.meta.url);
const rulesFile = new URL("../deploy/helm/isthmus-agent/files/cluster-role-rules.yaml", import.meta.url);

/** The rules as they stand in the manifest, comments included. */
function clusterRoleRules(text) {
  const role = text.split(/^---$/m).find((document) => /^kind: ClusterRole$/m.test(document)) ?? "";
  const rules = role.split(/^rules:\n/m)[1] ?? "";
  if (rules === "") throw new Error("deploy/agent/agent.yaml has no ClusterRole with rules");
  return rules.replaceAll(/^ {2}/gm, "");
}

const rules = clusterRoleRules(readFileSync(manifest, "utf8"));
if (!process.argv.includes("--check")) writeFileSync(rulesFile, rules);
else if (readFileSync(rulesFile, "utf8") !== rules) {
  process.stderr.write("the chart's rules are not the manifest's: run `node scripts/agent-chart.mjs`\n");
  process.exitCode = 1;
}
