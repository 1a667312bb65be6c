import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

/** Finds extensionless imports as a bundler does. */
export async function resolve(specifier, context, next) {
  if (!specifier.startsWith(".") || /\.[cm]?[jt]sx?$/.test(specifier)) return next(specifier, context);
  for (const end of [".ts", ".tsx", "/index.ts", ""]) {
    try {
      return await next(specifier + end, context);
    } catch (error) {
      if (end === "") throw error;
    }
  }
}

/** Strips types. */
export async function load(url, context, next) {
  if (!/\.tsx?$/.test(url)) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), "utf8"), {
    loader: "ts",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
}
