import { addressesOfRanges, cidrsOfAddresses, formatAddress, formatCidr, formatRange } from "@isthmus/policy-engine";
import { findEnd, type AskedEnd, type Asked } from "../explain/end";
import { endJson, endLines, Teller, verdictWord } from "../explain/explanation";
import { judgeAll, overall, type AskedTraffic, type Outcome } from "../explain/outcomes";
import { parseRequest } from "../explain/http";
import { parseTraffic, trafficText } from "../explain/port";
import { loadMesh, type Mesh } from "../mesh/load-mesh";
import { count } from "../report/count";
import type { Finding } from "../report/finding";
import { jsonText } from "../report/json";
import { visible } from "../report/paint";
import { writeFindings } from "../report/write-findings";
import { EXIT, textOption, textsOption, type Invocation, type Verb } from "../verb";

interface Answer extends AskedTraffic {
  readonly mesh: Mesh;
  readonly outcomes: readonly Outcome[];
  readonly notes: readonly string[];
}

type Question = Pick<Answer, "traffic" | "http" | "outcomes" | "notes">;

function ask(mesh: Mesh, invocation: Invocation): Question | readonly Finding[] {
  const from = findEnd(mesh, textOption(invocation, "from") ?? "");
  const to = findEnd(mesh, textOption(invocation, "to") ?? "");
  const traffic = parseTraffic(textOption(invocation, "port") ?? "");
  const http = parseRequest(textOption(invocation, "http"), textsOption(invocation, "header"));
  if (!from.ok || !to.ok || !traffic.ok || !http.ok) {
    const wrong = [from, to, traffic].flatMap((each) => (each.ok ? [] : [each.error]));
    return [...wrong, ...(http.ok ? [] : http.error)];
  }
  return judge(from.value, to.value, { traffic: traffic.value, ...(http.value && { http: http.value }) });
}

function judge(from: Asked, to: Asked, asked: AskedTraffic): Question | readonly Finding[] {
  const outcomes = judgeAll(from.ends, to.ends, asked);
  if (!outcomes.ok) return [outcomes.error];
  return { ...asked, outcomes: outcomes.value, notes: [...from.notes, ...to.notes] };
}

/** How many pods or ranges an outcome names one by one. */
const SHOWN = 4;

function listed(words: readonly string[]): string {
  const rest = words.length > SHOWN ? `, and ${words.length - SHOWN} more` : "";
  return `${words.slice(0, SHOWN).join(", ")}${rest}`;
}

/** Which pods or addresses of an end an outcome is about; nothing where that goes without saying. */
function membersText(ends: readonly AskedEnd[], only: boolean): readonly string[] {
  const pods = [...new Set(ends.flatMap(({ pod }) => pod ?? []))];
  const ranges = ends.flatMap(({ range }) => range ?? []);
  if (pods.length > 0) return [`${count(pods.length, "pod")}: ${listed(pods)}`];
  if (ranges.length === 0 || only) return [];
  return [`addresses ${listed(cidrsOfAddresses(addressesOfRanges(ranges)).map(formatCidr))}`];
}

function outcomeText(answer: Answer, teller: Teller, outcome: Outcome): string {
  const { verdict, pairs } = outcome;
  const { http } = answer;
  const [first] = pairs;
  const head = `${first.source.name} => ${first.destination.name}, ${trafficText(answer.traffic)}${http ? `, ${http.method} ${http.path}` : ""}: ${verdictWord(verdict.verdict)}`;
  const pending =
    verdict.pending === verdict.verdict ? "" : `, once what is staged is enforced ${verdictWord(verdict.pending)}`;
  const only = answer.outcomes.length === 1;
  const from = membersText(
    pairs.map(({ source }) => source),
    only,
  ).map((text) => `from ${text}`);
  const to = membersText(
    pairs.map(({ destination }) => destination),
    only,
  ).map((text) => `to ${text}`);
  const ends = teller.tell(verdict, first.source, first.destination).flatMap((end) => ["", ...endLines(end)]);
  const nobody = ends.length === 0 ? ["", "Neither end is an endpoint of these manifests, so no policy has a say"] : [];
  return [`${head}${pending}`, ...from, ...to, ...ends, ...nobody].map(visible).join("\n");
}

function endData({ name, pod, range, end }: AskedEnd): object {
  return {
    name,
    ...(pod !== undefined && { pod }),
    ...(range ? { addresses: formatRange(range) } : { address: formatAddress(end.address) }),
  };
}

function json(answer: Answer, teller: Teller): string {
  const { outcomes, traffic, http, notes } = answer;
  return jsonText("explain", {
    verdict: overall(outcomes.map(({ verdict }) => verdict.verdict)),
    pending: overall(outcomes.map(({ verdict }) => verdict.pending)),
    traffic,
    ...(http && { http }),
    notes,
    outcomes: outcomes.map(({ verdict, pairs }) => ({
      verdict: verdict.verdict,
      pending: verdict.pending,
      pairs: pairs.map(({ source, destination }) => ({ from: endData(source), to: endData(destination) })),
      ends: teller.tell(verdict, pairs[0].source, pairs[0].destination).map(endJson),
    })),
  });
}

function text(answer: Answer, teller: Teller): string {
  const notes = answer.notes.map((note) => `note: ${visible(note)}\n`).join("");
  return `${notes}${answer.outcomes.map((outcome) => `${outcomeText(answer, teller, outcome)}\n`).join("\n")}`;
}

const isQuestion = (asked: Question | readonly Finding[]): asked is Question => !Array.isArray(asked);

/** `isthmus explain`. */
export const explain: Verb = {
  name: "explain",
  summary: "say why a connection is allowed or denied",
  description:
    "Judges one connection and tells how the verdict came about: the tiers that were visited and skipped, the policy\nand the rule that decided and where they are written, at both ends, as enforced and as it would be if what is\nstaged were. What cannot be decided is unknown, which is never allowed.",
  operands: [{ name: "<path...>", description: "files, folders or -" }],
  options: [
    {
      flags: "--from <end>",
      description: "namespace/name of a workload or pod, or an address or range",
      required: true,
    },
    { flags: "--to <end>", description: "the same, for where the connection goes", required: true },
    { flags: "--port <port/protocol>", description: "such as 80/TCP, http/TCP, dns/UDP, 8/ICMP", required: true },
    { flags: "--http <request>", description: "the request that it carries, such as 'GET /cart'" },
    { flags: "--header <header>", description: "a header of the request; may be repeated", repeatable: true },
    { flags: "-o, --output <format>", description: "form of the answer", choices: ["txt", "json"], fallback: "txt" },
  ],
  examples: [
    {
      text: "why can the shop not reach its database?",
      command: "isthmus explain ./manifests --from shop/web --to shop/db --port 5432/TCP",
    },
    {
      text: "may it leave the cluster?",
      command: "isthmus explain . --from shop/web --to 93.184.0.0/16 --port 443/TCP",
    },
    {
      text: "from one cluster of a mesh to another",
      command: "isthmus explain cluster=eu:eu cluster=us:us --from eu/shop/web --to us/pay/api --port https/TCP",
    },
  ],
  exits: {
    holds: "the connection is allowed",
    fails: "it is denied or unknown, for at least one of the pods or addresses asked about",
  },
  run: async (invocation) => {
    const { io, operands } = invocation;
    const mesh = await loadMesh(operands, io);
    if (!mesh) return EXIT.badInput;
    const asked = ask(mesh, invocation);
    if (!isQuestion(asked)) {
      writeFindings(io.err, asked);
      return EXIT.badInput;
    }
    const answer: Answer = { ...asked, mesh };
    const teller = new Teller(mesh);
    io.out.write(textOption(invocation, "output") === "json" ? json(answer, teller) : text(answer, teller));
    const verdict = overall(answer.outcomes.map((each) => each.verdict.verdict));
    return verdict === "allow" ? EXIT.holds : EXIT.fails;
  },
};
