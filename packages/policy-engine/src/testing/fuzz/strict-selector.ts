/** Tokens as letters: what may follow a label, and what may stand anywhere. */
const AFTER_LABEL: readonly (readonly [RegExp, string])[] = [
  [/(?:contains|starts[ \t]*with|ends[ \t]*with)(?![a-zA-Z0-9_./-])/y, "C"],
  [/(?:not[ \t]*in|in)(?![a-zA-Z0-9_./-])/y, "I"],
];

const ANYWHERE: readonly (readonly [RegExp, string])[] = [
  [/has\([ \t]*[a-zA-Z0-9_./-]{1,512}[ \t]*\)/y, "A"],
  [/all\([ \t]*\)/y, "A"],
  [/global\([ \t]*\)/y, "A"],
  [/(?!has\(|all\(|global\()[a-zA-Z0-9_./-]{1,512}(?![a-zA-Z0-9_./-])/y, "L"],
];

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/"[^"]*"/y, "S"],
  [/'[^']*'/y, "S"],
  [/==|!=/y, "C"],
  [/!/y, "N"],
  [/&&|\|\|/y, "&"],
  [/[(){},]/y, ""],
];

function lettersOf(text: string): string | undefined {
  let letters = "";
  let at = 0;
  for (;;) {
    while (text[at] === " " || text[at] === "\t") at += 1;
    if (at >= text.length) return letters;
    const words = letters.endsWith("L") ? AFTER_LABEL : ANYWHERE;
    let letter: string | undefined;
    for (const [pattern, meaning] of [...SIGNS, ...words]) {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      if (found === undefined) continue;
      letter = meaning === "" ? found : meaning;
      at += found.length;
      break;
    }
    if (letter === undefined) return undefined;
    letters += letter;
  }
}

/** Each is replaced by the condition that it is. */
const CONDITIONS: readonly RegExp[] = [/LI\{(?:S(?:,S)*,?)?\}/g, /LCS/g, /N+A/g, /A(?:&A)+/g, /\(A\)/g];

/**
 * Whether Calico would accept a text as a selector: its tokens as letters, conditions replaced by `A` until nothing
 * changes (grammar of libcalico-go/lib/selector). It shares nothing with the parser that it is compared with, and is
 * for short texts: it is slow, and knows no limit of nesting.
 */
export function acceptsSelector(text: string): boolean {
  let letters = lettersOf(text);
  if (letters === undefined) return false;
  if (letters === "") return true;
  for (let before = ""; letters !== before;) {
    before = letters;
    for (const condition of CONDITIONS) letters = letters.replace(condition, "A");
  }
  return letters === "A";
}
