// `npm run demo` and `npm start`: installs, builds and starts the embedded stack in this process.
import { ensureBuilt, ensureInstalled, requireNode } from "./lib/install.mjs";

requireNode();
if (!(await ensureInstalled()) || !(await ensureBuilt())) process.exit(1);
await import("../apps/standalone/dist/main.js");
