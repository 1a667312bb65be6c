import { existsSync } from "node:fs";
import { bin, command, quietEnv, root, run } from "./steps.mjs";

const bufEnv = { ...quietEnv, PATH: `${root}node_modules/.bin:${process.env.PATH}` };

/** Code made from schemas: the Prisma client, which is not committed. */
export const generateSteps = () =>
  existsSync(`${root}packages/db/generate.mjs`)
    ? [command("generate database client", process.execPath, [`${root}packages/db/generate.mjs`])]
    : [];

/** Code made from .proto files, which is committed. */
export const protoTemplates = ["buf.gen.yaml", "packages/goldmane-api/buf.gen.yaml"];

/** Generates the messages again from one template. */
export const generateProto = (template) =>
  run(bin("buf"), ["generate", "--template", template], { env: bufEnv }).then(({ code, output }) => ({
    ok: code === 0,
    detail: output,
  }));
