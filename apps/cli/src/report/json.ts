import { JSON_VERSION } from "../version";

/** What a command answers, as JSON with the version of its shape; ends with a line break. */
export const jsonText = (command: string, answer: object): string =>
  `${JSON.stringify({ version: JSON_VERSION, command, ...answer }, undefined, 2)}\n`;
