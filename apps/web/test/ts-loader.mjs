// Lets plain Node run the TypeScript of this workspace: `node --import ./test/ts-loader.mjs file.ts`.
import { register } from "node:module";

register("./ts-hooks.mjs", import.meta.url);
