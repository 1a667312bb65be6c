"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Badge, Button, Facts, FormProblem, PanelSection, RelativeTime, SidePanel } from "../../../ui";
import { useBarred, useLink, useMay } from "../../frame";
import { BindDialog, ScopeText } from "../../roles";
import { describeUserAgent } from "../../sign-in";
import { joinedWords } from "../model/member-list";
import { MemberAccount } from "./member-account";
import { MemberActs } from "./member-acts";
import { MemberMark } from "./member-mark";
import type { Member } from "./use-members";

/** One member: what they may do and through what, where they are signed in, and what can be done about it. */
export function MemberPanel({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const link = useLink();
  const seesRoles = useMay("roles.read");
  return (
    <SidePanel
      width={440}
      label={`Member ${member.displayName}`}
      title={
        <span className="flex items-center gap-2">
          {member.displayName || member.email}
          {member.self ? <Badge look="accent">you</Badge> : null}
        </span>
      }
      subtitle={<span className="font-mono">{member.email}</span>}
      onClose={onClose}
      footer={<MemberActs member={member} />}
    >
      <PanelSection>
        <Facts
          facts={[
            ["State", <MemberMark key="state" member={member} />],
            ["Came in", <Came key="came" member={member} />],
            [
              "Last sign-in",
              member.lastSignInAt === null ? "never" : <RelativeTime key="seen" at={member.lastSignInAt} />,
            ],
            ["Groups", member.groups.length === 0 ? "none" : <Groups key="groups" groups={member.groups} />],
          ]}
        />
      </PanelSection>
      <MemberRoles member={member} />
      <Sessions member={member} />
      <MemberAccount member={member} />
      {seesRoles || member.self ? (
        <PanelSection>
          <Link href={link(`/access/why?person=${member.personId}`)} className="text-accent hover:underline">
            Why can {member.self ? "I" : member.displayName || member.email}…
          </Link>
        </PanelSection>
      ) : null}
    </SidePanel>
  );
}

const Came = ({ member }: { readonly member: Member }) => (
  <>
    {joinedWords(member.joinedBy)}, <RelativeTime at={member.createdAt} />
  </>
);

const Groups = ({ groups }: { readonly groups: readonly string[] }) => (
  <ul>
    {groups.map((group) => (
      <li key={group} className="font-mono break-all">
        {group}
      </li>
    ))}
  </ul>
);

function MemberRoles({ member }: { readonly member: Member }) {
  const barred = useBarred("roles.manage");
  const link = useLink();
  const [giving, setGiving] = useState(false);
  return (
    <PanelSection
      title="Roles"
      trail={
        <Button look="quiet" barred={barred} onClick={() => setGiving(true)} className="h-6 px-2 text-table">
          Give a role
        </Button>
      }
    >
      {member.bindings.length === 0 ? (
        <p className="text-muted">None: this person can sign in, and sees nothing.</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {member.bindings.map((binding) => (
            <li key={binding.id} className="text-table">
              <Link
                href={link(`/access/bindings?binding=${binding.id}`)}
                className="font-semibold text-text hover:underline"
              >
                {binding.roleName}
              </Link>
              {binding.via === null ? null : (
                <span className="text-muted">
                  {" "}
                  by the group <span className="font-mono">{binding.via}</span>
                </span>
              )}
              <span className="block text-muted">
                <ScopeText scope={binding.scope} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {giving ? <BindDialog personId={member.personId} onClose={() => setGiving(false)} /> : null}
    </PanelSection>
  );
}

/** Where the member is signed in in this organisation. */
function Sessions({ member }: { readonly member: Member }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const may = useMay("members.manage");
  const sessions = useQuery(
    trpc.members.sessions.queryOptions({ personId: member.personId }, { enabled: may, refetchInterval: 30_000 }),
  );
  const end = useMutation(
    trpc.members.endSessions.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.members.pathFilter()),
    }),
  );
  if (!may) return null;
  const count = sessions.data?.length ?? 0;
  return (
    <PanelSection
      title="Signed in here"
      trail={
        count === 0 || member.self ? undefined : (
          <Button
            look="quiet"
            busy={end.isPending}
            onClick={() => end.mutate({ personId: member.personId })}
            className="h-6 px-2 text-table"
          >
            End {count === 1 ? "it" : `all ${count}`}
          </Button>
        )
      }
    >
      {sessions.data === undefined ? (
        <p className="text-muted">…</p>
      ) : count === 0 ? (
        <p className="text-muted">Nowhere at this moment.</p>
      ) : (
        <ul className="flex flex-col gap-1 text-table">
          {sessions.data.map((session) => (
            <li key={session.id} className="flex justify-between gap-2">
              <span className="truncate">
                {describeUserAgent(session.userAgent)} <span className="font-mono text-muted">{session.ip}</span>
              </span>
              <RelativeTime at={session.lastSeenAt} />
            </li>
          ))}
        </ul>
      )}
      <FormProblem message={end.error === null ? undefined : wireErrorOf(end.error).message} />
    </PanelSection>
  );
}
