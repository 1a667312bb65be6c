import {
  connectivityOf,
  differenceOf,
  OUTPUT_FORMS,
  printDifference,
  vocabularyOfBoth,
  type ConnectivityView,
} from "@isthmus/policy-engine";
import { formOf } from "../connectivity/printers";
import { STANDARD_INPUT } from "../files/target";
import { loadMesh, type Mesh } from "../mesh/load-mesh";
import { usageError } from "../report/finding";
import { jsonText } from "../report/json";
import { visible } from "../report/paint";
import { progressOn } from "../report/progress";
import { writeFindings } from "../report/write-findings";
import { EXIT, switchOption, textOption, textsOption, type Verb } from "../verb";

/** Names are what somebody wrote: each line is made safe to show. */
const shown = (text: string): string => text.split("\n").map(visible).join("\n");

/** `isthmus diff`. */
export const diff: Verb = {
  name: "diff",
  summary: "tell what a change of manifests changes in what may connect",
  description:
    "Compares what may connect before and after: connections gained (+), lost (-) and changed (~), workloads that\nwere added or removed, and those that became protected, unprotected, exposed or unexposed. Exact, over everything\nthat may connect.",
  operands: [
    { name: "<old>", description: "a file, a folder or -" },
    { name: "<new>", description: "the same, after the change" },
  ],
  options: [
    {
      flags: "--with <path>",
      description: "manifests that are there before and after; may be repeated",
      repeatable: true,
    },
    { flags: "--pending", description: "as it would be if what is staged were enforced" },
    {
      flags: "-o, --output <format>",
      description: "form of the answer",
      choices: OUTPUT_FORMS,
      fallback: "txt",
    },
  ],
  examples: [
    { text: "what does this branch change?", command: "isthmus diff main/manifests ./manifests" },
    {
      text: "policies alone change, workloads stay",
      command: "isthmus diff old-policies new-policies --with workloads",
    },
    {
      text: "one cluster of a mesh changes",
      command: "isthmus diff cluster=eu:old cluster=eu:new --with cluster=us:us",
    },
  ],
  exits: { holds: "the same may connect", fails: "something differs" },
  run: async (invocation) => {
    const { io, operands } = invocation;
    const both = textsOption(invocation, "with");
    const [old, next] = [operands[0] ?? "", operands[1] ?? ""];
    if (both.includes(STANDARD_INPUT) || (old === STANDARD_INPUT && next === STANDARD_INPUT)) {
      const hint = "it can be read once: give it as the old or the new manifests";
      writeFindings(io.err, [usageError({ code: "input-twice", message: "standard input is needed twice", hint })]);
      return EXIT.badInput;
    }
    const before = await loadMesh([old], io, both);
    const after = await loadMesh([next], io, both);
    if (!before || !after) return EXIT.badInput;
    const view: ConnectivityView = switchOption(invocation, "pending") ? "pending" : "enforced";
    const progress = progressOn(io.err);
    progress.step("working out what may connect");
    const stateOf = ({ clusters, nameOf }: Mesh) => {
      const worlds = clusters.map(({ judged }) => judged);
      return { connectivity: connectivityOf(worlds, { view }), nameOf };
    };
    const states = { before: stateOf(before), after: stateOf(after) };
    progress.step("comparing");
    const difference = differenceOf(states.before, states.after);
    const form = formOf(textOption(invocation, "output"));
    const text = printDifference(difference, form, { vocabulary: vocabularyOfBoth(states) });
    const { postures, appeared, vanished } = difference;
    const [first] = difference.connections();
    const same = first === undefined && postures.length + appeared.length + vanished.length === 0;
    progress.end();
    if (form === "json") io.out.write(jsonText("diff", { same, ...(JSON.parse(text) as object) }));
    else if (text !== "") io.out.write(`${form === "txt" ? shown(text) : text}\n`);
    return same ? EXIT.holds : EXIT.fails;
  },
};
