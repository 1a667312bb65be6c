// `npm run demo` and `npm start`: installs, builds and starts the embedded stack in this process; `npm run backup` and
// `npm run restore` copy it and bring a copy back.
import { ensureBuilt, ensureInstalled, requireNode } from "./lib/install.mjs";

requireNode();
if (!(await ensureInstalled()) || !(await ensureBuilt())) process.exit(1);
await import(`../apps/standalone/dist/${["backup", "restore"].includes(process.argv[2]) ? "backup" : "main"}.js`);
