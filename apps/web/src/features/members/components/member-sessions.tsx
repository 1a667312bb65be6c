"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useTRPC, wireErrorOf } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { Button, FormProblem, PanelSection, RelativeTime } from "../../../ui";
import { useMay } from "../../frame";
import { describeUserAgent, proofWords } from "../../sign-in";
import type { Member } from "./use-members";

type Session = inferRouterOutputs<AppRouter>["members"]["sessions"][number];

/** Where the member is signed in in this organisation, by what, and ending it. */
export function MemberSessions({ member }: { readonly member: Member }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const may = useMay("members.manage");
  const { personId } = member;
  const sessions = useQuery(
    trpc.members.sessions.queryOptions({ personId }, { enabled: may, refetchInterval: 30_000 }),
  );
  const after = { onSettled: () => queries.invalidateQueries({ queryKey: trpc.members.sessions.queryKey() }) };
  const end = useMutation(trpc.members.endSession.mutationOptions(after));
  const endAll = useMutation(trpc.members.endSessions.mutationOptions(after));
  if (!may) return null;
  const count = sessions.data?.length ?? 0;
  const error = end.error ?? endAll.error ?? sessions.error;
  return (
    <PanelSection
      title="Signed in here"
      trail={
        count < 2 || member.self ? undefined : (
          <Button
            look="quiet"
            busy={endAll.isPending}
            onClick={() => endAll.mutate({ personId })}
            className="h-6 px-2 text-table"
          >
            End all {count}
          </Button>
        )
      }
    >
      {sessions.data === undefined ? (
        <p className="text-muted">…</p>
      ) : count === 0 ? (
        <p className="text-muted">Nowhere at this moment.</p>
      ) : (
        <ul className="flex flex-col gap-2 text-table">
          {sessions.data.map((session) => (
            <Row
              key={session.id}
              session={session}
              {...(member.self ? {} : { onEnd: () => end.mutate({ personId, id: session.id }) })}
              busy={end.isPending && end.variables.id === session.id}
            />
          ))}
        </ul>
      )}
      <FormProblem message={error === null ? undefined : wireErrorOf(error).message} />
    </PanelSection>
  );
}

interface RowProps {
  readonly session: Session;
  readonly busy: boolean;
  /** Absent for one's own, which the settings end. */
  readonly onEnd?: () => void;
}

function Row({ session, busy, onEnd }: RowProps) {
  const browser = describeUserAgent(session.userAgent);
  return (
    <li className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <p className="flex min-w-0 gap-2" title={session.userAgent}>
          <span className="truncate">{browser}</span>
          <span className="shrink-0 font-mono text-muted">{session.ip || "address not known"}</span>
        </p>
        <p className="text-muted">
          {proofWords(session)}, <RelativeTime at={session.createdAt} />; last used{" "}
          <RelativeTime at={session.lastSeenAt} />
        </p>
      </div>
      {onEnd === undefined ? null : (
        <Button look="quiet" busy={busy} aria-label={`End ${browser}`} onClick={onEnd} className="h-6 px-2 text-table">
          End
        </Button>
      )}
    </li>
  );
}
