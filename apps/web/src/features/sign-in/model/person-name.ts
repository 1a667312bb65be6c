const longest = 80;

// Control characters, line ends, and what turns the direction of the text around it: a name stands in lists and logs.
const unseen = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** What is wrong with a person's name, spaces around it aside; undefined where it will do. */
export function personNameProblem(given: string): string | undefined {
  const name = given.trim();
  if (name === "") return "Say what you are called.";
  if (name.length > longest) return `A name has at most ${longest} characters; this has ${name.length}.`;
  return unseen.test(name) ? "A name has no line ends and no control characters." : undefined;
}
