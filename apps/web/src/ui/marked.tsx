/** A sentence in which names stand between backticks, with those in the monospaced face. */
export function Marked({ text }: { readonly text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- parts of one text, which never move
      <code key={index} className="font-mono text-[0.95em]">
        {part}
      </code>
    ),
  );
}
