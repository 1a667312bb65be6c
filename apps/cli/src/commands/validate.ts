import { readMesh } from "@isthmus/policy-engine";
import { checkManifest } from "../files/check-manifest";
import { loadManifests, type Loaded } from "../files/load";
import { manifestName } from "../files/manifest-head";
import type { Io } from "../io";
import { count, tally } from "../report/count";
import { anyError, type Finding } from "../report/finding";
import { jsonText } from "../report/json";
import { findingJson } from "../report/render-finding";
import { writeFindings } from "../report/write-findings";
import { groupsOf, ignoredManifests, workloadFindings } from "../mesh/workload-findings";
import { EXIT, textOption, type ExitCode, type Verb } from "../verb";

interface Answer {
  readonly unread: readonly Finding[];
  readonly findings: readonly Finding[];
  /** Kinds of the objects that were checked, and of those that have no say in what may connect. */
  readonly checked: readonly string[];
  readonly others: readonly string[];
}

function check({ manifests, repeated, unread }: Loaded): Answer {
  const results = manifests.map((manifest) => ({ manifest, ...checkManifest(manifest) }));
  const read = readMesh(groupsOf(manifests));
  const ignored = ignoredManifests(read);
  const kindsOf = (which: (result: (typeof results)[number]) => boolean) =>
    results.filter(which).map(({ manifest }) => manifestName(manifest.value).kind);
  return {
    unread,
    findings: [...repeated, ...results.flatMap(({ findings }) => findings), ...workloadFindings(read)],
    checked: kindsOf(({ sort, manifest }) => sort === "policy" || (sort === "other" && !ignored.has(manifest))),
    others: kindsOf(({ sort, manifest }) => sort === "other" && ignored.has(manifest)),
  };
}

const kinds = (texts: readonly string[]): string =>
  tally(texts)
    .map(([kind, number]) => `${number} ${kind === "" ? "without a kind" : kind}`)
    .join(", ");

function summary({ findings, checked, others }: Answer): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const found = [count(errors, "error"), ...(warnings > 0 ? [count(warnings, "warning")] : [])].join(", ");
  const what = checked.length === 0 ? "" : `: ${kinds(checked)}`;
  const rest = others.length === 0 ? "" : `Not checked, for they have no say in what may connect: ${kinds(others)}\n`;
  return `${found} in ${count(checked.length, "object")} checked${what}\n${rest}`;
}

function write(io: Io, answer: Answer, format: string | undefined): void {
  const { unread, findings, checked, others } = answer;
  if (format !== "json") {
    writeFindings(io.err, unread);
    writeFindings(io.out, findings);
    if (checked.length + others.length + findings.length > 0) io.out.write(summary(answer));
    return;
  }
  io.out.write(
    jsonText("validate", {
      valid: !anyError([...unread, ...findings]),
      checked: Object.fromEntries(tally(checked)),
      notChecked: Object.fromEntries(tally(others)),
      findings: [...unread, ...findings].map(findingJson),
    }),
  );
}

/** `isthmus validate`. */
export const validate: Verb = {
  name: "validate",
  summary: "check manifests as strictly as Calico does",
  description:
    "Checks policies, tiers, network sets, host endpoints and profiles as strictly as Calico's own validation, reads\nworkloads, services and the like as far as policies look at them, and points at the file, line and column of\neverything that is wrong.",
  operands: [{ name: "<path...>", description: "files, folders or -" }],
  options: [
    { flags: "-o, --output <format>", description: "form of the answer", choices: ["txt", "json"], fallback: "txt" },
  ],
  examples: [
    { text: "all manifests below a folder", command: "isthmus validate ./manifests" },
    { text: "what a chart makes", command: "helm template ./chart | isthmus validate -" },
    { text: "for a program", command: "isthmus validate ./manifests -o json | jq '.findings[] | .message'" },
  ],
  exits: { holds: "every manifest is valid; there may be warnings", fails: "at least one is not" },
  run: async (invocation): Promise<ExitCode> => {
    const { io, operands } = invocation;
    const answer = check(await loadManifests(operands, io));
    write(io, answer, textOption(invocation, "output"));
    if (anyError(answer.unread)) return EXIT.badInput;
    return anyError(answer.findings) ? EXIT.fails : EXIT.holds;
  },
};
