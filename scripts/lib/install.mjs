// Plain Node only: this runs before anything is installed.
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const NEEDED = [20, 19];

/** Ends with a clear line unless this Node can run Isthmus. */
export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  console.error(
    `Isthmus needs Node ${NEEDED.join(".")} or later; this is ${process.versions.node}. Install a newer one and run again.`,
  );
  process.exit(1);
}

const hash = (text) => createHash("sha256").update(text).digest("hex");
const stampFile = (name) => join(root, "node_modules", ".cache", `isthmus-${name}`);
const readStamp = (name) => (existsSync(stampFile(name)) ? readFileSync(stampFile(name), "utf8") : "");

function writeStamp(name, value) {
  mkdirSync(join(root, "node_modules", ".cache"), { recursive: true });
  writeFileSync(stampFile(name), value);
}

/** Installs the locked dependencies when they are not those of package-lock.json. Resolves false when npm failed. */
export async function ensureInstalled() {
  const wanted = hash(readFileSync(join(root, "package-lock.json")));
  if (readStamp("installed") === wanted) return true;
  console.log("Installing dependencies from the npm registry (about a minute, 2 GB) …");
  const started = Date.now();
  const npm = process.env.npm_execpath;
  const [file, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  // Not `npm ci`: it refuses a lock file that lacks other platforms' optional binaries, as one made beside a registry
  // that does not hold all of them does. The locked versions are installed all the same, and the lock is not written.
  const code = await spawnInherited(file, [
    ...args,
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  if (code !== 0) {
    console.error(
      "`npm install` failed: the lines above say why. Isthmus needs the npm registry for its first start only.",
    );
    return false;
  }
  console.log(`  ✓ dependencies installed ${((Date.now() - started) / 1000).toFixed(0)} s`);
  writeStamp("installed", wanted);
  return true;
}

function spawnInherited(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: "inherit", env: { ...process.env, CHECKPOINT_DISABLE: "1" } });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

const SOURCES = ["apps", "packages", "prisma", "scripts", "deploy"];
const IGNORED = new Set(["node_modules", "dist", ".next", ".turbo", "test", "bench", "generated"]);

/** Builds when a source changed since the last build. Resolves false when the build failed. */
export async function ensureBuilt() {
  const wanted = fingerprint();
  if (readStamp("built") === wanted) return true;
  console.log("Building …");
  const { buildAll } = await import("../build.mjs");
  if (!(await buildAll())) return false;
  writeStamp("built", fingerprint());
  return true;
}

/** Names, sizes and times of every source file: cheap, and changed by any edit or checkout. */
function fingerprint() {
  const lines = [readStamp("installed")];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (IGNORED.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name !== "next-env.d.ts") lines.push(`${path} ${statSync(path).size} ${statSync(path).mtimeMs}`);
    }
  };
  for (const folder of SOURCES) if (existsSync(join(root, folder))) visit(join(root, folder));
  return hash(lines.join("\n"));
}
