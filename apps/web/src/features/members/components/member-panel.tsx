"use client";

import Link from "next/link";
import { useState } from "react";
import { Badge, Button, Facts, PanelSection, RelativeTime, SidePanel } from "../../../ui";
import { useBarred, useLink, useMay } from "../../frame";
import { BindDialog, ScopeText } from "../../roles";
import { joinedWords } from "../model/member-list";
import { MemberAccount } from "./member-account";
import { MemberActs } from "./member-acts";
import { MemberMark } from "./member-mark";
import { MemberSessions } from "./member-sessions";
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
      <MemberSessions member={member} />
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
