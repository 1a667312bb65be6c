import {
  connectivityOf,
  noConnections,
  parseProofEnd,
  prove as proveClaim,
  type ConnectivityView,
  type Diagnostic,
  type ProofClaim,
  type ProofEnd,
  type ProofQuestion,
  type ProofResult,
} from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";
import { loadMesh, type Mesh } from "../mesh/load-mesh";
import { parseConnections } from "../proof/connection-set-text";
import { proofJson, proofLines } from "../proof/proof-text";
import { usageError, type Finding } from "../report/finding";
import { jsonText } from "../report/json";
import { visible } from "../report/paint";
import { progressOn } from "../report/progress";
import { writeFindings } from "../report/write-findings";
import { EXIT, switchOption, textOption, textsOption, type Invocation, type Verb } from "../verb";

interface Asked {
  readonly paths: readonly string[];
  readonly from: ProofEnd;
  readonly to: ProofEnd;
  readonly claim: ProofClaim;
  readonly sentence: string;
}

type Read<T> = Result<T, readonly Finding[]>;

function readEnd(text: string, name: string): Read<ProofEnd> {
  const end = parseProofEnd(text);
  if (end.ok) return end;
  const source = { name, text };
  const findingOf = ({ code, severity, message, span, hint }: Diagnostic): Finding => ({
    code,
    severity,
    message,
    at: { kind: "text", place: { source, start: span?.start ?? 0, end: span?.end ?? text.length } },
    ...(hint !== undefined && { hint }),
  });
  return err(end.error.map(findingOf));
}

function claimOf(invocation: Invocation, every: boolean): Read<ProofClaim> {
  const [except, on] = [textsOption(invocation, "except"), textsOption(invocation, "on")];
  const misplaced = every ? except.length > 0 : on.length > 0;
  if (misplaced || (every && on.length === 0)) {
    const message = every ? "--every-path needs --on" : "--on goes with --every-path";
    const hint = "--no-path A B --except 443/TCP, or --every-path A B --on 443/TCP";
    return err([usageError({ code: "claim", message, hint })]);
  }
  const set = parseConnections(every ? on : except);
  if (!set.ok) return set;
  if (every) return ok({ kind: "every-path", on: set.value });
  return ok({ kind: "no-path", ...(!noConnections(set.value) && { except: set.value }) });
}

/** The claim in words, as it was asked. */
function sentenceOf(invocation: Invocation, every: boolean, [from, to]: readonly string[]): string {
  const [except, on] = [textsOption(invocation, "except").join(","), textsOption(invocation, "on").join(",")];
  if (every) return `every endpoint of \`${from}\` may reach every one of \`${to}\` on ${on}`;
  return `no endpoint of \`${from}\` may reach one of \`${to}\`${except === "" ? "" : ` except on ${except}`}`;
}

function read(invocation: Invocation): Read<Asked> {
  const [no, every] = [textsOption(invocation, "path"), textsOption(invocation, "everyPath")];
  const [fromText, toText, ...paths] = no.length > 0 ? no : every;
  if (no.length > 0 === every.length > 0 || fromText === undefined || toText === undefined) {
    const message = "one claim is asked for, with two selectors";
    return err([usageError({ code: "claim", message, hint: "write --no-path 'SELECTOR' 'SELECTOR'" })]);
  }
  const all = [...invocation.operands, ...paths];
  if (all.length === 0) {
    return err([usageError({ code: "no-path", message: "no manifests are named", hint: "name files, folders or -" })]);
  }
  const [from, to] = [readEnd(fromText, "from"), readEnd(toText, "to")];
  const claim = claimOf(invocation, every.length > 0);
  if (!from.ok || !to.ok || !claim.ok) return err([from, to, claim].flatMap((each) => (each.ok ? [] : each.error)));
  const sentence = sentenceOf(invocation, every.length > 0, [fromText, toText]);
  return ok({
    paths: [...invocation.operands, ...paths],
    from: from.value,
    to: to.value,
    claim: claim.value,
    sentence,
  });
}

/** Templates of workloads stand for several pods, which may connect to each other. */
const standForSeveral = ({ clusters }: Mesh): boolean =>
  clusters.some(({ sources }) => sources.some(({ ref }) => ref.kind !== "Pod"));

/** A claim about nobody holds; more often than not its selector has a slip. */
function emptyEnds({ scope }: ProofResult): readonly Finding[] {
  const ends = [
    { name: "first", matched: scope.sources },
    { name: "second", matched: scope.destinations },
  ];
  return ends
    .filter(({ matched }) => matched.classes === 0)
    .map(({ name }) => {
      const message = `the ${name} selector matches nothing, so the claim is about nobody`;
      return { ...usageError({ code: "nothing-matched", message }), severity: "warning" };
    });
}

/** `isthmus prove`. */
export const prove: Verb = {
  name: "prove",
  summary: "prove that no path exists, or show one",
  description:
    "Answers a claim about every connection of the mesh, exactly: proved, with what the proof rests on; refuted, with\na connection that speaks against it and the rules that decide it; or unknown, where something that could matter\ncannot be decided. Selectors see the labels of pods, those of their namespaces under pcns. and of their service\naccounts under pcsa., projectcalico.org/namespace, and isthmus.io/cluster. In the place of a selector there may be\naddresses or ranges.",
  operands: [{ name: "[path...]", description: "files, folders or -; they may also follow the selectors" }],
  options: [
    {
      flags: "--no-path <selectors...>",
      description: "nothing that the first matches may reach what the second matches",
    },
    {
      flags: "--every-path <selectors...>",
      description: "all that the first matches may reach all that the second matches",
    },
    {
      flags: "--except <port/protocol>",
      description: "with --no-path: but on these; may be repeated",
      repeatable: true,
    },
    { flags: "--on <port/protocol>", description: "with --every-path: on these; may be repeated", repeatable: true },
    { flags: "--pending", description: "as it would be if what is staged were enforced" },
    { flags: "-o, --output <format>", description: "form of the answer", choices: ["txt", "json"], fallback: "txt" },
  ],
  examples: [
    {
      text: "the web tier cannot reach the database but through its port",
      command: `isthmus prove ./manifests --no-path 'tier == "web"' 'app == "db"' --except 5432/TCP`,
    },
    {
      text: "nothing but the gateway may be reached from outside",
      command: `isthmus prove . --no-path 0.0.0.0/0 'app != "gateway"'`,
    },
    {
      text: "clusters are apart",
      command: `isthmus prove cluster=eu:eu cluster=us:us --no-path 'isthmus.io/cluster == "eu"' 'isthmus.io/cluster == "us"'`,
    },
    {
      text: "everybody may ask DNS",
      command: `isthmus prove . --every-path 'all()' 'k8s-app == "kube-dns"' --on 53/UDP,53/TCP`,
    },
  ],
  exits: { holds: "proved", fails: "refuted, or unknown" },
  run: async (invocation) => {
    const { io } = invocation;
    const asked = read(invocation);
    if (!asked.ok) {
      writeFindings(io.err, asked.error);
      return EXIT.badInput;
    }
    const { paths, sentence, ...claim } = asked.value;
    const mesh = await loadMesh(paths, io);
    if (!mesh) return EXIT.badInput;
    const view: ConnectivityView = switchOption(invocation, "pending") ? "pending" : "enforced";
    const question: ProofQuestion = { ...claim, replicas: standForSeveral(mesh) };
    const progress = progressOn(io.err);
    progress.step("proving");
    const worlds = mesh.clusters.map(({ judged }) => judged);
    const result = proveClaim(connectivityOf(worlds, { view }), question);
    progress.end();
    writeFindings(io.err, emptyEnds(result));
    const json = textOption(invocation, "output") === "json";
    const text = json
      ? jsonText("prove", { claim: sentence, view, ...proofJson(result, mesh.nameOf) })
      : proofLines(result, sentence)
          .map((line) => `${visible(line)}\n`)
          .join("");
    io.out.write(text);
    return result.kind === "proved" ? EXIT.holds : EXIT.fails;
  },
};
