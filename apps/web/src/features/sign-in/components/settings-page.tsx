"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC, wireErrorOf } from "../../../client";
import { Loaded, Page, PageBody } from "../../frame";
import {
  Badge,
  Button,
  Facts,
  LinesSkeleton,
  ProblemIcon,
  RelativeTime,
  Table,
  TableSkeleton,
  type Column,
} from "../../../ui";
import { describeUserAgent } from "../model/user-agent";
import { PasswordForm } from "./password-form";
import { SecondFactor } from "./second-factor";

interface Session {
  readonly id: string;
  readonly organisationName: string;
  readonly proof: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly ip: string;
  readonly userAgent: string;
  readonly current: boolean;
}

/** The person's own settings: who they are, where they are signed in, their password. */
export function SettingsPage() {
  const trpc = useTRPC();
  const me = useQuery(trpc.signIn.me.queryOptions());
  return (
    <Page>
      <PageBody className="overflow-auto">
        <div className="flex w-full max-w-240 flex-col gap-6 p-4">
          <Part title="You">
            <Loaded query={me} what="your account" loading={<LinesSkeleton lines={4} />}>
              {(account) => (
                <div className="p-4">
                  <Facts
                    facts={[
                      ["Name", account.displayName],
                      [
                        "E-mail",
                        <span className="font-mono" key="email">
                          {account.email}
                        </span>,
                      ],
                      ["Organisation", account.organisation],
                      ["Roles", account.roles.join(", ")],
                    ]}
                  />
                </div>
              )}
            </Loaded>
          </Part>
          <Sessions />
          <Part title="Password">
            <PasswordForm email={me.data?.email ?? ""} />
          </Part>
          <Part title="Second factor">
            <SecondFactor />
          </Part>
        </div>
      </PageBody>
    </Page>
  );
}

function Sessions() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const sessions = useQuery(trpc.signIn.sessions.queryOptions());
  const after = { onSuccess: () => queries.invalidateQueries({ queryKey: trpc.signIn.sessions.queryKey() }) };
  const revoke = useMutation(trpc.signIn.revokeSession.mutationOptions(after));
  const revokeOthers = useMutation(trpc.signIn.revokeOtherSessions.mutationOptions(after));
  const others = sessions.data?.filter((session) => !session.current).length ?? 0;
  const failed = revoke.error ?? revokeOthers.error;
  return (
    <Part
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
        loading={<TableSkeleton columns={columns(() => undefined)} minWidth={880} rows={2} />}
      >
        {(read) => (
          <Table
            label="Sessions"
            rows={read}
            rowKey={(session) => session.id}
            columns={columns((id) => revoke.mutate({ id }))}
            minWidth={880}
            className="rounded-b-md"
          />
        )}
      </Loaded>
    </Part>
  );
}

const columns = (revoke: (id: string) => void): readonly Column<Session>[] => [
  {
    id: "browser",
    title: "Browser",
    cell: (session) => (
      <span className="inline-flex items-center gap-2" title={session.userAgent}>
        {describeUserAgent(session.userAgent)}
        {session.current ? <Badge look="accent">this one</Badge> : null}
      </span>
    ),
  },
  {
    id: "organisation",
    title: "Organisation",
    width: 208,
    cell: (session) => (
      <>
        {session.organisationName}{" "}
        <span className="text-muted">{session.proof === "provider" ? "by single sign-on" : "by password"}</span>
      </>
    ),
  },
  {
    id: "address",
    title: "Address",
    width: 112,
    cell: (session) => <span className="font-mono">{session.ip || "not known"}</span>,
    copy: (session) => session.ip,
  },
  { id: "seen", title: "Last seen", width: 96, cell: (session) => <RelativeTime at={session.lastSeenAt} /> },
  { id: "since", title: "Since", width: 96, cell: (session) => <RelativeTime at={session.createdAt} /> },
  { id: "until", title: "Ends", width: 80, cell: (session) => <RelativeTime at={session.expiresAt} /> },
  {
    id: "revoke",
    title: <span className="sr-only">Sign out</span>,
    width: 88,
    align: "right",
    cell: (session) =>
      session.current ? null : (
        <button type="button" className="text-accent hover:underline" onClick={() => revoke(session.id)}>
          Sign out
        </button>
      ),
  },
];

function Part({
  title,
  trail,
  children,
}: {
  readonly title: string;
  readonly trail?: React.ReactNode;
  readonly children: React.ReactNode;
}) {
  return (
    <section aria-label={title} className="rounded-md border border-line bg-surface">
      <div className="flex min-h-11 items-center justify-between gap-2 border-b border-line px-4">
        <h2 className="font-semibold">{title}</h2>
        {trail}
      </div>
      {children}
    </section>
  );
}
