import type { ReactNode } from "react";
import type { Mark } from "../model/cell";
import { MarkGlyph } from "./marks";

const marks: readonly (readonly [Mark, string])[] = [
  ["allow", "direct: pods keep their addresses"],
  ["pass", "translated: they arrive with another address"],
  ["deny", "no route known, or no answer"],
  ["problem", "ranges overlap, or somebody else answered"],
  ["unknown", "not known, or not measured in that time"],
];

const Item = ({ mark, children }: { readonly mark: ReactNode; readonly children: ReactNode }) => (
  <li className="flex items-center gap-1.5">
    {mark}
    <span>{children}</span>
  </li>
);

/** What the marks of the matrix mean; `dimmed` where some are of clusters that are not heard. */
export function Legend({ dimmed }: { readonly dimmed: boolean }) {
  return (
    <ul
      aria-label="Legend"
      className="flex flex-wrap gap-x-4 gap-y-1 border-t border-b border-line bg-bg px-4 py-2 text-table text-muted max-md:px-3"
    >
      <li>expected from facts ▸ measured by probes in the last 5 minutes</li>
      {marks.map(([mark, words]) => (
        <Item key={mark} mark={<MarkGlyph mark={mark} size={12} />}>
          {words}
        </Item>
      ))}
      <Item mark={<span className="size-3 rounded-sm outline-2 outline-staged outline-dashed" />}>
        expected and measured disagree
      </Item>
      {dimmed ? (
        <Item
          mark={
            <span className="flex opacity-45 grayscale">
              <MarkGlyph mark="allow" size={12} />
            </span>
          }
        >
          dimmed: last facts of a cluster that is not heard
        </Item>
      ) : null}
    </ul>
  );
}
