import { absoluteTime, formatDuration } from "../../../ui";

/** What the banner of an organisation that will be deleted says. */
export function deletionWords(name: string, dueAt: Date, nowMs: number): string {
  const left = dueAt.getTime() - nowMs;
  const when = left <= 0 ? "within the hour" : `in ${formatDuration(left)}`;
  return `${name} will be deleted ${when}, on ${absoluteTime(dueAt)}.`;
}

/** What is wrong with the name of an organisation; undefined when it will do. */
export function organisationNameProblem(name: string): string | undefined {
  const text = name.trim();
  if (text === "") return "Give it a name.";
  return text.length > 100 ? "At most 100 characters." : undefined;
}
