"use client";

import { UserPlus } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { Badge, Button, EmptyState, RelativeTime, Segments, Table, type Column, TableSkeleton } from "../../../ui";
import { FilterBar, Loaded, PageBody, SearchField, StatusBar, useBarred, useSetParams } from "../../frame";
import { RoleChip } from "../../roles";
import { countMembers, filterMembers, joinedWords, memberSegment } from "../model/member-list";
import { InviteDialog } from "./invite-dialog";
import { InvitationsStrip } from "./invitations-strip";
import { MemberMark } from "./member-mark";
import { MemberPanel } from "./member-panel";
import { useMembers, type Member } from "./use-members";

const allColumns: readonly Column<Member>[] = [
  {
    id: "person",
    title: "Person",
    width: 236,
    cell: ({ displayName, email, self }) => (
      <>
        <span className="flex items-center gap-2">
          <span className="truncate font-semibold">{displayName || email}</span>
          {self ? <Badge look="accent">you</Badge> : null}
        </span>
        <span className="block truncate text-muted">{email}</span>
      </>
    ),
    copy: ({ email }) => email,
  },
  {
    id: "roles",
    title: "Roles",
    cell: ({ bindings }) => (
      <span className="flex flex-wrap gap-1">
        {bindings.slice(0, 3).map((binding) => (
          <RoleChip key={binding.id} role={binding.roleName} scope={binding.scope} />
        ))}
        {bindings.length > 3 ? <Badge look="muted">+{bindings.length - 3}</Badge> : null}
        {bindings.length === 0 ? <span className="text-muted">none: sees nothing</span> : null}
      </span>
    ),
  },
  {
    id: "groups",
    title: "Groups",
    width: 168,
    cell: ({ groups }) =>
      groups.length === 0 ? (
        <span className="text-muted">–</span>
      ) : (
        <>
          <span className="block truncate font-mono" title={groups.join(", ")}>
            {groups[0]}
          </span>
          {groups.length > 1 ? <span className="text-muted">and {groups.length - 1} more</span> : null}
        </>
      ),
  },
  {
    id: "seen",
    title: "Last sign-in",
    width: 124,
    cell: ({ lastSignInAt, joinedBy }) => (
      <>
        <span className="block">
          {lastSignInAt === null ? <span className="text-muted">never</span> : <RelativeTime at={lastSignInAt} />}
        </span>
        <span className="block truncate text-muted">{joinedWords(joinedBy)}</span>
      </>
    ),
  },
  { id: "state", title: "State", width: 96, cell: (member) => <MemberMark member={member} /> },
];

/** A column of groups says nothing where nobody has one. */
const columnsOf = (members: readonly Member[]): readonly Column<Member>[] =>
  members.some(({ groups }) => groups.length > 0) ? allColumns : allColumns.filter(({ id }) => id !== "groups");

/** Beside an open panel there is room for what tells people apart; the panel says the rest. */
const besidePanel = allColumns.filter(({ id }) => id !== "groups" && id !== "seen");

/** Who belongs to the organisation, what they may do, and who is invited. */
export function MembersPage() {
  const params = useSearchParams();
  const setParams = useSetParams();
  const members = useMembers();
  const all = members.data?.members ?? [];
  const columns = columnsOf(all);
  const minWidth = columns === allColumns ? 820 : 680;
  const rows = filterMembers(all, { segment: memberSegment(params.get("show")), text: params.get("q") ?? "" });
  const chosen = all.find(({ personId }) => personId === params.get("person"));
  return (
    <>
      <PageBody>
        <MembersBar members={members.data?.members} />
        <Loaded
          query={members}
          what="the members"
          loading={<TableSkeleton columns={columns} rowHeight={46} minWidth={minWidth} />}
        >
          {({ invitations }) => (
            <>
              <InvitationsStrip invitations={invitations} />
              <Table
                label="Members"
                columns={chosen === undefined ? columns : besidePanel}
                rows={rows}
                rowKey={({ personId }) => personId}
                rowHeight={46}
                selectedKey={chosen?.personId}
                onSelect={({ personId }) => setParams({ person: personId })}
                rowClass={({ disabledAt }) => (disabledAt === null ? undefined : "text-muted")}
                minWidth={chosen === undefined ? minWidth : 560}
                empty={<EmptyState title="Nobody fits">Take out a word of the filter, or invite somebody.</EmptyState>}
              />
            </>
          )}
        </Loaded>
        <StatusBar>
          {members.data === undefined
            ? null
            : `${rows.length} of ${all.length} ${all.length === 1 ? "member" : "members"}`}
        </StatusBar>
      </PageBody>
      {chosen === undefined ? null : (
        <MemberPanel key={chosen.personId} member={chosen} onClose={() => setParams({ person: undefined })} />
      )}
      {params.get("invite") === null ? null : <InviteDialog onClose={() => setParams({ invite: undefined })} />}
    </>
  );
}

function MembersBar({ members }: { readonly members: readonly Member[] | undefined }) {
  const params = useSearchParams();
  const setParams = useSetParams();
  const barred = useBarred("members.manage");
  const counts = members === undefined ? undefined : countMembers(members);
  return (
    <FilterBar>
      <SearchField label="Find members" placeholder="Find by name, e-mail, role, group" />
      <Segments
        label="Which members"
        value={memberSegment(params.get("show"))}
        onChange={(segment) => setParams({ show: segment === "all" ? undefined : segment })}
        tabs={[
          { value: "all", label: "All", count: counts?.all },
          { value: "attention", label: "No role", count: counts?.attention },
          { value: "shut-out", label: "Shut out", count: counts?.["shut-out"] },
        ]}
      />
      <Button
        icon={<UserPlus size={14} aria-hidden />}
        barred={barred}
        onClick={() => setParams({ invite: "1" }, "push")}
        className="border-accent bg-wash-accent text-accent"
      >
        Invite
      </Button>
    </FilterBar>
  );
}
