import { runCommandLine } from "./command-line";
import { nodeFiles } from "./node/node-files";
import { streamSink } from "./node/stream-sink";

// https://no-color.org: any value but an empty one switches colour off.
const colour = (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";

// The code is set, not exited with: what is still on its way into a pipe would be lost.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: streamSink(process.stdout, colour),
  err: streamSink(process.stderr, colour),
  files: nodeFiles(process.stdin),
});
