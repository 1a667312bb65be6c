#!/usr/bin/env node
import { existsSync } from "node:fs";

const built = new URL("../dist/main.js", import.meta.url);
if (!existsSync(built)) {
  console.error("isthmus is not built yet: run `npm run build` in its repository");
  process.exit(2);
}
await import(built.href);
