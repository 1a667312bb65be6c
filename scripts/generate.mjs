// `npm run generate`: makes everything that is generated, committed or not.
import { generateProto, generateSteps, protoTemplates } from "./lib/generated.mjs";
import { runSteps } from "./lib/steps.mjs";

const protoSteps = protoTemplates.map((template) => ({ name: template, run: () => generateProto(template) }));
process.exitCode = (await runSteps([...protoSteps, ...generateSteps()])) ? 0 : 1;
