import { compileSelector, labelMap, parseSelector } from "@isthmus/policy-engine";

const [command, text, ...rest] = process.argv.slice(2);
if (command !== "selector" || text === undefined) {
  console.error("usage: isthmus selector 'TEXT' [LABEL=VALUE ...]");
  process.exit(2);
}
const parsed = parseSelector(text);
if (!parsed.ok) {
  for (const { message } of parsed.error) console.error(message);
  process.exit(2);
}
const labels = Object.fromEntries(rest.map((each) => each.split("=", 2)));
process.exitCode = compileSelector(parsed.value)(labelMap(labels)) ? 0 : 1;
