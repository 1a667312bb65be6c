"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useTRPC, wireErrorOf } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { Loaded } from "../../frame";
import { Badge, Button, ProblemIcon, RelativeTime, Table, TableSkeleton, type Column } from "../../../ui";
import { proofWords } from "../model/proof-words";
import { describeUserAgent } from "../model/user-agent";
import { SettingsPart } from "./settings-part";

type Session = inferRouterOutputs<AppRouter>["signIn"]["sessions"][number];

/** Where the person is signed in, and signing out there. */
export function SessionsPart() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const sessions = useQuery(trpc.signIn.sessions.queryOptions());
  const after = { onSuccess: () => queries.invalidateQueries({ queryKey: trpc.signIn.sessions.queryKey() }) };
  const revoke = useMutation(trpc.signIn.revokeSession.mutationOptions(after));
  const revokeOthers = useMutation(trpc.signIn.revokeOtherSessions.mutationOptions(after));
  const others = sessions.data?.filter((session) => !session.current).length ?? 0;
  const failed = revoke.error ?? revokeOthers.error;
  return (
    <SettingsPart
      title="Where you are signed in"
      trail={
        sessions.data === undefined ? null : (
          <Button disabled={others === 0} busy={revokeOthers.isPending} onClick={() => revokeOthers.mutate()}>
            {others === 0 ? "No other session" : `Sign out ${others} other ${others === 1 ? "session" : "sessions"}`}
          </Button>
        )
      }
    >
      {failed === null ? null : (
        <p role="alert" className="flex items-center gap-1.5 border-b border-line px-4 py-2 text-table">
          <ProblemIcon />
          {wireErrorOf(failed).message}
        </p>
      )}
      <Loaded
        query={sessions}
        what="the sessions"
        loading={<TableSkeleton columns={columns(() => undefined)} minWidth={560} rows={2} />}
      >
        {(read) => (
          <Table
            label="Sessions"
            rows={read}
            rowKey={(session) => session.id}
            columns={columns((id) => revoke.mutate({ id }))}
            rowHeight={46}
            minWidth={560}
            className="rounded-b-md"
          />
        )}
      </Loaded>
    </SettingsPart>
  );
}

const columns = (revoke: (id: string) => void): readonly Column<Session>[] => [
  {
    id: "browser",
    title: "Browser and address",
    cell: (session) => (
      <>
        <span className="block truncate" title={session.userAgent}>
          {describeUserAgent(session.userAgent)}
        </span>
        <span className="block truncate font-mono text-muted">{session.ip || "not known"}</span>
      </>
    ),
    copy: (session) => session.ip,
  },
  {
    id: "organisation",
    title: "Organisation",
    width: 168,
    cell: (session) => (
      <>
        <span className="block truncate">{session.organisationName}</span>
        <span className="block truncate text-muted">{proofWords(session)}</span>
      </>
    ),
  },
  {
    id: "seen",
    title: "Last used",
    width: 120,
    cell: (session) => (
      <>
        <span className="block">
          <RelativeTime at={session.lastSeenAt} />
        </span>
        <span className="block text-muted">
          ends <RelativeTime at={session.expiresAt} />
        </span>
      </>
    ),
  },
  { id: "since", title: "Signed in", width: 96, cell: (session) => <RelativeTime at={session.createdAt} /> },
  {
    id: "revoke",
    title: <span className="sr-only">Sign out</span>,
    width: 92,
    align: "right",
    cell: (session) =>
      session.current ? (
        <Badge look="accent">this one</Badge>
      ) : (
        <button type="button" className="text-accent hover:underline" onClick={() => revoke(session.id)}>
          Sign out
        </button>
      ),
  },
];
