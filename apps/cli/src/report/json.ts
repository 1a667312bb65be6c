import { JSON_VERSION } from "../version";

/** What a command answers, as JSON with the version of its shape; ends with a line break. */
export const jsonText = (command: string, answer: object): string =>
  `${JSON.stringify({ version: JSON_VERSION, command, ...answer }, undefined, 2)}\n`;

/** The beginning of such JSON whose last field is written piece by piece. */
export const jsonHead = (command: string, answer: object): string =>
  jsonText(command, answer).replace(/\n\}\n$/, ",\n");
