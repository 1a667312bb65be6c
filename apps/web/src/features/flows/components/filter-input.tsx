"use client";

import {
  completionAt,
  isField,
  offersFor,
  parseFilter,
  printFilter,
  tokensOf,
  type FilterDiagnostic,
  type FilterTable,
  type Occurring,
  type Offer,
  type Token,
} from "@isthmus/flow-filter";
import { ListFilter, X } from "lucide-react";
import { useId, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { cx, floating, IconButton, Kbd, ProblemIcon, shortCount } from "../../../ui";

export interface FilterInputProps {
  /** The filter in force, as it stands in the URL. */
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly occurring: Occurring;
  /** What the filter found, shown at the right. */
  readonly result: ReactNode;
  /** Whose rows answer it: a field that they cannot answer is marked as wrong. Flows unless it is said. */
  readonly answeredBy?: FilterTable;
  /** A person begins to write: what occurs is wanted now. */
  readonly onBegin?: () => void;
}

/** The typed filter: highlighted, completed from what occurs, in force on Enter. What is wrong is marked in place. */
export function FilterInput({ answeredBy = "flow", onBegin, result, ...props }: FilterInputProps) {
  const input = useRef<HTMLInputElement>(null);
  const box = useFilterBox(input, { ...props, answeredBy });
  return (
    <div className="relative min-w-60 flex-1" onBlur={box.onBlur}>
      <div
        className={cx(
          "flex h-7 items-center gap-2 rounded-md border bg-surface px-2",
          box.focused ? "border-accent ring-1 ring-accent" : "border-line-strong",
        )}
      >
        <ListFilter size={14} className="shrink-0 text-muted" aria-hidden />
        <div className="relative h-full min-w-0 flex-1 overflow-hidden font-mono text-table">
          <Highlighted text={box.draft} problems={box.problems} scrollLeft={box.scrollLeft} />
          <input
            ref={input}
            value={box.draft}
            onChange={(event) => box.edit(event.target.value, event.target.selectionStart ?? event.target.value.length)}
            onFocus={() => {
              onBegin?.();
              box.onFocus();
            }}
            onClick={(event) => box.moveCaret(event.currentTarget.selectionStart ?? 0)}
            onKeyUp={(event) => box.moveCaret(event.currentTarget.selectionStart ?? 0)}
            onKeyDown={box.onKeyDown}
            onScroll={(event) => box.setScrollLeft(event.currentTarget.scrollLeft)}
            role="combobox"
            aria-label="Filter"
            aria-autocomplete="list"
            aria-expanded={box.open}
            aria-controls={box.listId}
            aria-activedescendant={box.open && box.active >= 0 ? `${box.listId}-${box.active}` : undefined}
            aria-invalid={box.problems.length > 0 || undefined}
            placeholder="Filter: action = deny and not dest.namespace in (cart, checkout)"
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            className="absolute inset-0 w-full bg-transparent text-transparent caret-accent outline-none placeholder:text-muted"
          />
        </div>
        <span className="shrink-0 font-sans text-table text-muted max-md:hidden">{result}</span>
        {box.draft === "" ? null : (
          <IconButton label="Clear the filter" className="-mr-1.5 size-6" onClick={box.clear}>
            <X size={14} />
          </IconButton>
        )}
      </div>
      {box.open ? (
        <div className={cx(floating, "absolute top-8 left-6 w-88 max-w-[calc(100vw-48px)]")}>
          <Offers id={box.listId} offers={box.offers} active={box.active} onTake={box.take} />
        </div>
      ) : null}
      {!box.open && box.problems.length > 0 ? <Problems problems={box.problems} /> : null}
    </div>
  );
}

function useFilterBox(
  input: RefObject<HTMLInputElement | null>,
  { value, onChange, occurring, answeredBy }: Required<Omit<FilterInputProps, "result" | "onBegin">>,
) {
  const listId = useId();
  const [draft, setDraft] = useState(value);
  const [caret, setCaret] = useState(value.length);
  const [focused, setFocused] = useState(false);
  const [closed, setClosed] = useState(true);
  const [active, setActive] = useState(-1);
  const [scrollLeft, setScrollLeft] = useState(0);
  // What was asked for and did not parse: its problems are shown until it is changed.
  const [refused, setRefused] = useState<string>();
  // The URL may change from elsewhere (a facet, Back): what is there is what is shown.
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    setShown(value);
    setDraft(value);
  }
  const offers = focused ? offersFor(completionAt(draft, caret), occurring) : [];
  const parsed = parseFilter(draft, { answeredBy });
  const open = focused && !closed && offers.length > 0;
  const commit = (text: string) => {
    const result = parseFilter(text, { answeredBy });
    if (result.ok) onChange(printFilter(result.value));
    setRefused(result.ok ? undefined : text);
    setClosed(true);
  };
  const edit = (text: string, at: number) => {
    setDraft(text);
    setCaret(at);
    setActive(-1);
    setClosed(false);
  };
  const take = (offer: Offer) => {
    const { span } = completionAt(draft, caret);
    const text = draft.slice(0, span.from) + offer.insert + draft.slice(Math.max(span.to, caret));
    edit(text, span.from + offer.insert.length);
    input.current?.focus();
    requestAnimationFrame(() =>
      input.current?.setSelectionRange(span.from + offer.insert.length, span.from + offer.insert.length),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = offers[active];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setClosed(false);
      setActive((at) => wrap(at + (event.key === "ArrowDown" ? 1 : -1), offers.length));
    } else if (event.key === "Tab" && open && offers.length > 0 && !event.shiftKey) {
      const offer = chosen ?? offers[0];
      if (offer !== undefined) {
        event.preventDefault();
        take(offer);
      }
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (open && chosen !== undefined) take(chosen);
      else commit(draft);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (open) setClosed(true);
      else {
        setDraft(value);
        input.current?.blur();
      }
    }
  };
  return {
    listId,
    draft,
    focused,
    open,
    offers,
    active,
    scrollLeft,
    setScrollLeft,
    problems: parsed.ok || open || (draft !== value && draft !== refused) ? [] : parsed.error,
    edit,
    take,
    onKeyDown,
    moveCaret: setCaret,
    clear: () => {
      setDraft("");
      commit("");
    },
    onFocus: () => {
      setFocused(true);
      setClosed(false);
    },
    onBlur: (event: { readonly currentTarget: Node; readonly relatedTarget: EventTarget | null }) => {
      if (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) return;
      setFocused(false);
      setClosed(true);
      if (draft !== value) commit(draft);
    },
  };
}

const wrap = (at: number, count: number) => (count === 0 ? -1 : ((at % count) + count) % count);

const words: ReadonlySet<string> = new Set(["and", "or", "not", "in", "has"]);

/** After a comparison or in a list, `and` is a value like any other. */
const isWordOfLanguage = (before: Token | undefined) =>
  before === undefined || !["=", "!=", "<", "<=", ">", ">=", "~", "!~", ","].includes(before.kind);

const Wavy = ({ children }: { readonly children: ReactNode }) => (
  <span className="underline decoration-text decoration-wavy underline-offset-2">{children}</span>
);

interface HighlightedProps {
  readonly text: string;
  readonly problems: readonly FilterDiagnostic[];
  readonly scrollLeft: number;
}

function Highlighted({ text, problems, scrollLeft }: HighlightedProps) {
  const tokens = tokensOf(text);
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    parts.push(text.slice(at, token.from));
    const raw = text.slice(token.from, token.to);
    const wrong = problems.some(({ span }) => span.from < token.to && span.to > token.from);
    const word = token.text.toLowerCase();
    const quiet = token.kind !== "word" || (words.has(word) && isWordOfLanguage(tokens[index - 1]));
    const hue = quiet && token.kind !== "quoted" ? "text-muted" : isField(token.text) ? "text-text" : "text-accent";
    parts.push(
      <span key={token.from} className={hue}>
        {wrong ? <Wavy>{raw}</Wavy> : raw}
      </span>,
    );
    at = token.to;
  }
  parts.push(text.slice(at));
  // What is missing is missing at the end.
  if (problems.some(({ span }) => span.from >= text.length)) parts.push(<Wavy key="end">{"\u00a0\u00a0"}</Wavy>);
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0 flex items-center overflow-hidden whitespace-pre">
      <div style={{ transform: `translateX(${-scrollLeft}px)` }}>{parts}</div>
    </div>
  );
}

interface OffersProps {
  readonly id: string;
  readonly offers: readonly Offer[];
  readonly active: number;
  readonly onTake: (offer: Offer) => void;
}

function Offers({ id, offers, active, onTake }: OffersProps) {
  const greatest = Math.max(1, ...offers.map((offer) => offer.count ?? 0));
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the list of a combobox, which HTML has no element for */}
      <div id={id} role="listbox" aria-label="Ways to go on">
        {offers.map((offer, index) => (
          <div
            key={offer.label}
            id={`${id}-${index}`}
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an entry of that list
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            // The input keeps the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              onTake(offer);
            }}
            className={cx(
              "flex h-6 cursor-default items-center gap-2 rounded-sm px-2 hover:bg-wash",
              index === active && "bg-wash-accent",
            )}
          >
            <span className="min-w-0 flex-1 truncate font-mono text-table">{offer.label}</span>
            {offer.about === undefined ? null : <span className="truncate text-table text-muted">{offer.about}</span>}
            {offer.count === undefined ? null : (
              <>
                <span className="h-1 w-16 bg-line">
                  <span className="block h-1 bg-muted" style={{ width: `${(offer.count / greatest) * 100}%` }} />
                </span>
                <span className="w-12 text-right text-table text-muted">{shortCount(offer.count)}</span>
              </>
            )}
          </div>
        ))}
      </div>
      <p className="mt-1 flex items-center gap-3 border-t border-line px-2 pt-1 text-table text-muted">
        <span className="inline-flex items-center gap-1">
          <Kbd>⇥</Kbd> take
        </span>
        <span className="inline-flex items-center gap-1">
          <Kbd>↵</Kbd> filter
        </span>
        <span className="ml-auto font-mono">= &gt; ~ in not has and or ( )</span>
      </p>
    </>
  );
}

const Problems = ({ problems }: { readonly problems: readonly FilterDiagnostic[] }) => (
  <div role="alert" className={cx(floating, "absolute top-8 left-6 px-3 py-2 text-table")}>
    {problems.slice(0, 3).map((problem) => (
      <p key={`${problem.code} ${problem.span.from}`} className="flex items-start gap-1.5">
        <ProblemIcon />
        <span>
          <span className="mr-1.5 text-muted" title="the character at which it begins">
            {problem.span.from + 1}
          </span>
          {quoted(problem.message)}
          {problem.hint === undefined ? null : <span className="text-muted">; {quoted(problem.hint)}</span>}
        </span>
      </p>
    ))}
  </div>
);

/** Text with what a person wrote, which stands in backticks, in the monospaced face. */
const quoted = (text: string) =>
  text.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className="font-mono">
        {part}
      </code>
    ),
  );
