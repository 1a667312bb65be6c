import {
  formatPath,
  review as reviewWorlds,
  type ResourceRef,
  type ReviewFinding,
  type ReviewSkip,
} from "@isthmus/policy-engine";
import { shownName } from "../files/manifest-head";
import { placeOf } from "../files/position";
import { loadMesh, type LoadedCluster, type Mesh } from "../mesh/load-mesh";
import { count } from "../report/count";
import type { Finding, FindingPlace } from "../report/finding";
import { jsonText } from "../report/json";
import { progressOn } from "../report/progress";
import { findingJson } from "../report/render-finding";
import { writeFindings } from "../report/write-findings";
import { EXIT, textOption, type Verb } from "../verb";

const sameRef = (a: ResourceRef, b: ResourceRef): boolean =>
  a.apiVersion === b.apiVersion && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;

/** Finds where policies of a mesh are written. */
function placer({ clusters }: Mesh) {
  const byName = new Map(clusters.map((cluster): [string, LoadedCluster] => [cluster.judged.cluster, cluster]));
  return ({ cluster, ref }: ReviewSkip, path: ReviewFinding["path"]): FindingPlace => {
    const object = byName.get(cluster)?.policies.find((each) => sameRef(each.ref, ref));
    return object ? { kind: "text", place: placeOf(object.origin, path) } : { kind: "command-line" };
  };
}

const evidenceText = ({ evidence }: ReviewFinding): string => evidence.map(({ sentence }) => sentence).join("; ");

function told(finding: ReviewFinding, at: FindingPlace): Finding {
  const { code, severity, sentence, ref, path, hint, certainty } = finding;
  const because = evidenceText(finding);
  const proviso = certainty === "present" ? ", for the workloads and sets that are there" : "";
  return {
    code,
    severity,
    message: `${sentence}${proviso}`,
    at,
    object: shownName(ref),
    field: formatPath(path),
    certainty,
    ...(because !== "" && { because }),
    ...(hint !== undefined && { hint }),
  };
}

const skipped = (skip: ReviewSkip, at: FindingPlace): Finding => ({
  code: "not-reviewed",
  severity: "info",
  message: skip.sentence,
  at,
  object: shownName(skip.ref),
});

/** `isthmus review`. */
export const review: Verb = {
  name: "review",
  summary: "find rules and policies that do nothing",
  description:
    "Finds policies that select nobody or whose removal would change nothing, rules that can never match, that are\nshadowed by earlier ones or redundant, and selectors that match nothing: exactly, over everything that may connect.",
  operands: [{ name: "<path...>", description: "files, folders or -" }],
  options: [
    { flags: "-o, --output <format>", description: "form of the answer", choices: ["txt", "json"], fallback: "txt" },
  ],
  examples: [
    { text: "what can be thrown away?", command: "isthmus review ./manifests" },
    {
      text: "denials that never come to pass, for a program",
      command: `isthmus review . -o json | jq '.findings[] | select(.code == "deny-shadowed")'`,
    },
  ],
  exits: { holds: "there is nothing to look at, or notes alone", fails: "something is worth a warning" },
  run: async (invocation) => {
    const { io, operands } = invocation;
    const mesh = await loadMesh(operands, io);
    if (!mesh) return EXIT.badInput;
    const progress = progressOn(io.err);
    progress.step("reviewing policies");
    const result = reviewWorlds(mesh.clusters.map(({ judged }) => judged));
    progress.end();
    const placeFor = placer(mesh);
    const findings = [
      ...result.findings.map((finding) => told(finding, placeFor(finding, finding.path))),
      ...result.skipped.map((skip) => skipped(skip, placeFor(skip, ["metadata", "name"]))),
    ];
    const { policies, rules } = result;
    if (textOption(invocation, "output") === "json") {
      io.out.write(jsonText("review", { policies, rules, findings: findings.map(findingJson) }));
    } else {
      writeFindings(io.out, findings);
      io.out.write(
        `${count(findings.length, "finding")} in ${policies} ${policies === 1 ? "policy" : "policies"} with ${count(rules, "rule")}\n`,
      );
    }
    return findings.some(({ severity }) => severity !== "info") ? EXIT.fails : EXIT.holds;
  },
};
