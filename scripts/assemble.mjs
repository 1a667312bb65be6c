// Puts together the folder that an image runs, from what was built: `node scripts/assemble.mjs web|gateway|agent|cli FOLDER`.
// The Dockerfiles call this, and a test starts what it makes, so that an image holds what was seen to run.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "./lib/steps.mjs";

/** What never runs: maps, types, and the query compilers of databases that Isthmus does not use. */
const leftOut = [
  /\.map$/,
  /\.d\.[cm]?ts$/,
  /@prisma\/client\/runtime\/(query_compiler.*\.(cockroachdb|mysql|sqlite|sqlserver)\.|wasm-compiler-edge)/,
];
const kept = (path) => !leftOut.some((pattern) => pattern.test(path));

/** Optional parts of packages: Next compiles nothing and resizes no pictures where it only serves what was built. */
const optionalLeftOut = /^(@next\/swc-|@img\/|sharp$)/;

/** Beside the server's own: what the build left to be loaded from disk, as links in `.next/node_modules`. */
function externalsOfWeb() {
  const folder = join(root, "apps/web/.next/node_modules");
  const links = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((each) => each.isSymbolicLink());
  return links.map((link) => {
    const target = resolve(link.parentPath, readlinkSync(join(link.parentPath, link.name)));
    return relative(join(root, "node_modules"), target);
  });
}

const images = {
  cli: { files: { "apps/cli/dist/main.js": "main.mjs" }, packages: () => [] },
  agent: { files: { "apps/agent/dist/main.js": "main.mjs" }, packages: () => [] },
  gateway: {
    files: {
      "apps/gateway/dist/main.js": "main.mjs",
      "packages/db/dist/migrate.js": "migrate.mjs",
      "prisma/migrations": "prisma/migrations",
    },
    // Prisma's runtime loads its query compiler when it is first used; ws unmasks large frames by bufferutil.
    packages: () => ["@prisma/client", "bufferutil"],
  },
  web: {
    files: {
      "apps/web/.next": "apps/web/.next",
      "apps/web/package.json": "apps/web/package.json",
      "apps/web/server.mjs": "apps/web/server.mjs",
      "apps/web/listen.mjs": "apps/web/listen.mjs",
      "apps/web/answer-headers.mjs": "apps/web/answer-headers.mjs",
      "deploy/agent": "deploy/agent",
    },
    packages: () => ["next", "react", "react-dom", ...externalsOfWeb()],
    finish: writeNextConfig,
  },
};

/** Next reads its configuration at every start; as JavaScript it needs no compiler for that. */
async function writeNextConfig(folder) {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: ["apps/web/next.config.ts"],
    outfile: join(folder, "apps/web/next.config.mjs"),
    format: "esm",
    logLevel: "silent",
  });
}

/** The folders of packages with all that they depend on, as npm laid them out. */
function closure(names) {
  const found = new Set();
  const visit = (name, from, optional) => {
    const folder = locate(name, from);
    if (folder === undefined) {
      if (optional) return;
      throw new Error(`${name} is not installed: run \`npm ci\` first`);
    }
    if (found.has(folder)) return;
    found.add(folder);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const optionals = Object.keys(manifest.optionalDependencies ?? {});
    for (const each of Object.keys(manifest.dependencies ?? {})) {
      if (!optionals.includes(each)) visit(each, folder, false);
    }
    for (const each of optionals) if (!optionalLeftOut.test(each)) visit(each, folder, true);
  };
  for (const name of names) visit(name, root, false);
  return [...found];
}

function locate(name, from) {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, "package.json")));
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const filter = (path) => kept(path) && !/\.next\/(cache|dev|trace|diagnostics|types)(\/|$)/.test(path);
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter });
}

/** Makes `folder` anew with all that the image runs. */
export async function assemble(image, folder) {
  const wanted = images[image];
  if (wanted === undefined) throw new Error(`no image \`${image}\`: there are ${Object.keys(images).join(", ")}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of Object.entries(wanted.files)) {
    if (!existsSync(join(root, from))) throw new Error(`${from} is not there: run \`node scripts/build.mjs\` first`);
    copy(join(root, from), join(folder, to));
  }
  for (const each of closure(wanted.packages())) copy(each, join(folder, relative(root, each)));
  await wanted.finish?.(folder);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const [image, folder] = process.argv.slice(2);
  if (image === undefined || folder === undefined) {
    console.error(`usage: node scripts/assemble.mjs ${Object.keys(images).join("|")} FOLDER`);
    process.exit(2);
  }
  await assemble(image, resolve(folder));
}
