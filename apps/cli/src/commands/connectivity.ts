import { connectivityOf, OUTPUT_FORMS, reportConnectivity, type ConnectivityView } from "@isthmus/policy-engine";
import { formOf, PRINTERS } from "../connectivity/printers";
import { loadMesh } from "../mesh/load-mesh";
import { progressOn } from "../report/progress";
import { writeAll } from "../report/writer";
import { EXIT, switchOption, textOption, type Verb } from "../verb";

/** `isthmus connectivity`. */
export const connectivity: Verb = {
  name: "connectivity",
  summary: "list what may connect to what, exactly",
  description:
    "Lists for every pair of workloads, and for every range of outside addresses, the exact set of connections that\nthe policies allow. Workloads are shown as namespace/name[Kind], in a mesh with their cluster before it. What\ncannot be decided is listed as unknown, which is never allowed.",
  operands: [{ name: "<path...>", description: "files, folders or -" }],
  options: [
    { flags: "-o, --output <format>", description: "form of the answer", choices: OUTPUT_FORMS, fallback: "txt" },
    { flags: "--explain", description: "say which rules let connections pass" },
    { flags: "--pending", description: "as it would be if what is staged were enforced" },
  ],
  examples: [
    { text: "one line a pair", command: "isthmus connectivity ./manifests" },
    { text: "and why", command: "isthmus connectivity ./manifests --explain" },
    { text: "a table for a pull request", command: 'isthmus connectivity ./manifests -o md >> "$GITHUB_STEP_SUMMARY"' },
    { text: "a picture", command: "isthmus connectivity ./manifests -o dot | dot -Tsvg > connectivity.svg" },
    { text: "two clusters as one mesh", command: "isthmus connectivity cluster=eu:./eu cluster=us:./us" },
  ],
  exits: { holds: "the answer is complete" },
  run: async (invocation) => {
    const { io, operands } = invocation;
    const mesh = await loadMesh(operands, io);
    if (!mesh) return EXIT.badInput;
    const explained = switchOption(invocation, "explain");
    const view: ConnectivityView = switchOption(invocation, "pending") ? "pending" : "enforced";
    const progress = progressOn(io.err);
    progress.step("working out what may connect");
    const found = connectivityOf(
      mesh.clusters.map(({ judged }) => judged),
      { view },
    );
    progress.end();
    const lines = reportConnectivity(found, { nameOf: mesh.nameOf, explain: explained });
    const print = PRINTERS[formOf(textOption(invocation, "output"))];
    await writeAll(io.out, print(lines, { explained, head: { view } }));
    return EXIT.holds;
  },
};
