"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useTRPC, wireErrorOf } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { Button, CodeBlock, Facts, formatCount, Notice, PanelSection, SidePanel, StatusMark } from "../../../ui";

export type ChainCheck = inferRouterOutputs<AppRouter>["audit"]["verify"];

/** The chain of the log, computed again when the person asks for it. */
export function useChainCheck() {
  const trpc = useTRPC();
  return useQuery(trpc.audit.verify.queryOptions(undefined, { enabled: false, staleTime: Infinity, retry: false }));
}

export interface ChainStatusProps {
  readonly check: ReturnType<typeof useChainCheck>;
  /** The newest number on the page; undefined while the log is empty or narrowed. */
  readonly newest: number | undefined;
  readonly onOpen: () => void;
}

/** Whether the log is whole: not asked yet, verified up to a number, or what is wrong with it. */
export function ChainStatus({ check, newest, onOpen }: ChainStatusProps) {
  const { data, error, isFetching } = check;
  return (
    <span className="ml-auto inline-flex shrink-0 items-center gap-2" aria-live="polite">
      {isFetching ? (
        <span>computing {newest === undefined ? "the chain" : `${formatCount(newest)} entries`} again</span>
      ) : error !== null ? (
        <span>not verified: {wireErrorOf(error).message}</span>
      ) : data === undefined ? (
        <StatusMark status="none">
          {newest === undefined ? "chained" : `chained up to #${formatCount(newest)}`}, not verified yet
        </StatusMark>
      ) : data.intact ? (
        <button type="button" onClick={onOpen} className="hover:text-text hover:underline">
          <StatusMark status="good">verified up to #{formatCount(data.head?.seq ?? 0)}</StatusMark>
        </button>
      ) : (
        <button type="button" onClick={onOpen} className="text-text hover:underline">
          <StatusMark status="problem">
            {data.problemCount} {data.problemCount === 1 ? "thing is" : "things are"} wrong
          </StatusMark>
        </button>
      )}
      <Button look="plain" className="h-6 px-2 text-table" busy={isFetching} onClick={() => void check.refetch()}>
        Verify
      </Button>
    </span>
  );
}

/** What the verification found, and how to repeat it without trusting this page. */
export function ChainPanel({ check, onClose }: { readonly check: ChainCheck; readonly onClose: () => void }) {
  const hidden = check.problemCount - check.problems.length;
  return (
    <SidePanel
      width={504}
      label="The chain of the log"
      title={check.intact ? "The log is whole" : "The log was changed"}
      subtitle="Every entry holds the hash of the one before it."
      onClose={onClose}
    >
      {check.intact ? null : (
        <PanelSection title="What is wrong">
          <ul className="flex flex-col gap-2">
            {check.problems.map((problem) => (
              <li key={problem.message}>
                <Notice look="problem">{problem.message}</Notice>
              </li>
            ))}
          </ul>
          {hidden > 0 ? <p className="mt-2 text-muted">and {formatCount(hidden)} more</p> : null}
          <p className="mt-2 text-muted">
            Compare with an earlier export or backup. Whoever can write to the database could have done it; this page
            cannot tell who.
          </p>
        </PanelSection>
      )}
      <PanelSection title="Verified">
        <Facts
          facts={[
            ["Entries", formatCount(check.entries)],
            ["Newest", check.head === null ? "none" : `#${formatCount(check.head.seq)}`],
            ...(check.head === null
              ? []
              : [
                  [
                    "Its hash",
                    <code key="hash" className="break-all">
                      {check.head.hash}
                    </code>,
                  ] as const,
                ]),
            ...(check.beforeChain === 0
              ? []
              : [["Before the chain", `${formatCount(check.beforeChain)} entries, from before it began`] as const]),
          ]}
        />
        <p className="mt-2 text-muted">
          Keep the newest hash somewhere else: an entry that is cut off at the end is found by it alone.
        </p>
      </PanelSection>
      <PanelSection title="To verify an export elsewhere">
        <CodeBlock label="Command that verifies an export" code="npx isthmus audit verify audit.jsonl" />
      </PanelSection>
    </SidePanel>
  );
}
