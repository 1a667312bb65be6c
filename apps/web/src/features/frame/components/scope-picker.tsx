"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { liveOn, useTRPC } from "../../../client";
import { ClusterMark, ControlButton, cx, Popover } from "../../../ui";
import { describeScope, parseScope, printTerm, toggleTerm, type Scope, type ScopeTerm } from "../../../view";
import { useView } from "../model/use-view";

/** The clusters that all pages speak of: all, some by name, or all with a label. */
export function ScopePicker() {
  const trpc = useTRPC();
  const { scope, set } = useView();
  const [find, setFind] = useState("");
  const options = useQuery(trpc.frame.scopeOptions.queryOptions(undefined, liveOn("status", "session")));
  const clusters = options.data?.clusters ?? [];
  const labels = options.data?.labels ?? [];
  const toggle = (term: ScopeTerm) => set({ scope: toggleTerm(scope, term) });
  const fits = (text: string) => text.toLowerCase().includes(find.toLowerCase());
  const unknown = scope.filter(
    (term) => term.kind === "name" && options.data !== undefined && !clusters.some(({ name }) => name === term.name),
  );
  return (
    <Popover
      label="Scope"
      width={288}
      trigger={
        <ControlButton label="scope" className="max-w-80">
          <span className="truncate">
            {describeScope(scope, options.data === undefined ? undefined : clusters.length)}
          </span>
        </ControlButton>
      }
    >
      <input
        aria-label="Find clusters and labels"
        placeholder="Find clusters and labels"
        value={find}
        onChange={(event) => setFind(event.target.value)}
        className="mb-1 h-7 w-full rounded-sm border border-line bg-bg px-2"
      />
      <Choice chosen={scope.length === 0} onToggle={() => set({ scope: [] })}>
        every cluster
      </Choice>
      {labels.length > 0 ? <Heading>by label</Heading> : null}
      {labels
        .map((label) => ({ label, term: parseScope(`${label.key}=${label.value}`)[0] }))
        .map(({ label, term }) =>
          term === undefined || !fits(printTerm(term)) ? null : (
            <Choice
              key={printTerm(term)}
              chosen={holds(scope, term)}
              onToggle={() => toggle(term)}
              trail={label.clusters}
            >
              <span className="font-mono text-table">
                {label.key} = {label.value}
              </span>
            </Choice>
          ),
        )}
      {clusters.length > 0 ? <Heading>by name</Heading> : null}
      {clusters.map((cluster) =>
        fits(cluster.name) ? (
          <Choice
            key={cluster.id}
            chosen={holds(scope, { kind: "name", name: cluster.name })}
            onToggle={() => toggle({ kind: "name", name: cluster.name })}
            trail={cluster.region}
          >
            <ClusterMark index={cluster.ordinal} />
            <span className="truncate font-mono text-table">{cluster.name}</span>
          </Choice>
        ) : null,
      )}
      {unknown.map((term) => (
        <Choice key={printTerm(term)} chosen onToggle={() => toggle(term)} trail="no such cluster">
          <span className="font-mono text-table text-muted">{printTerm(term)}</span>
        </Choice>
      ))}
    </Popover>
  );
}

const holds = (scope: Scope, term: ScopeTerm) => scope.some((each) => printTerm(each) === printTerm(term));

const Heading = ({ children }: { readonly children: string }) => (
  <p className="px-2 pt-2 pb-1 text-table font-medium text-muted">{children}</p>
);

interface ChoiceProps {
  readonly chosen: boolean;
  readonly onToggle: () => void;
  readonly children: React.ReactNode;
  readonly trail?: React.ReactNode;
}

function Choice({ chosen, onToggle, children, trail }: ChoiceProps) {
  return (
    <label className="flex h-7 w-full items-center gap-2 rounded-sm px-2 text-left hover:bg-wash has-focus-visible:outline-2 has-focus-visible:outline-accent">
      <input type="checkbox" checked={chosen} onChange={onToggle} className="sr-only" />
      <span
        aria-hidden
        className={cx(
          "grid size-4 shrink-0 place-items-center rounded-[3px] border",
          chosen ? "border-accent bg-accent text-on-accent" : "border-line-strong",
        )}
      >
        {chosen ? (
          <svg width="10" height="10" viewBox="0 0 10 10" fill="none" stroke="currentColor" strokeWidth="2">
            <path d="M2 5.200l2 2L8 3" />
          </svg>
        ) : null}
      </span>
      <span className="flex min-w-0 flex-1 items-center gap-1.5">{children}</span>
      {trail === undefined ? null : <span className="text-table text-muted">{trail}</span>}
    </label>
  );
}
