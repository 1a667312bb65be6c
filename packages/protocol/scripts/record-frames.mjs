// Records one frame of every kind under testdata/v1. Run it once for each released version: recordings are never
// made again for a version that is out, only added to.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const scratch = mkdtempSync(join(tmpdir(), "record-frames-"));
const outfile = join(scratch, "frames.mjs");
const entry = 'export * from "./src/testing/sample-frames"; export * from "./src/codec";';
await build({
  stdin: { contents: entry, resolveDir: join(here, ".."), loader: "ts" },
  bundle: true,
  platform: "node",
  format: "esm",
  outfile,
  logLevel: "error",
});
const { sampleAgentFrames, sampleGatewayFrames, encodeAgentFrame, encodeGatewayFrame } = await import(outfile);
const folder = join(here, "../testdata/v1");
mkdirSync(folder, { recursive: true });
const write = (name, encoded) => {
  const file = join(folder, `${name}.bin`);
  if (existsSync(file)) return;
  writeFileSync(file, encoded.value);
};
for (const [name, body] of Object.entries(sampleAgentFrames)) write(name, encodeAgentFrame(body));
for (const [name, body] of Object.entries(sampleGatewayFrames)) write(name, encodeGatewayFrame(body));
rmSync(scratch, { recursive: true });
