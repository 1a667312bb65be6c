"use client";

import { Plus } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { Badge, Button, EmptyState, StatusMark, Table, TableSkeleton, type Column } from "../../../ui";
import { FilterBar, Loaded, PageBody, SearchField, StatusBar, useAccess, useBarred, useSetParams } from "../../frame";
import { carried, grantableIn } from "../model/permission-groups";
import { RoleEditor } from "./role-editor";
import { RolePanel } from "./role-panel";
import { useRoles, type Role } from "./use-roles";

const columns = (all: number): readonly Column<Role>[] => [
  {
    id: "name",
    title: "Role",
    width: 220,
    cell: ({ name, builtIn }) => (
      <span className="inline-flex items-center gap-2">
        <span className="truncate font-semibold">{name}</span>
        {builtIn ? null : <Badge look="accent">custom</Badge>}
      </span>
    ),
    copy: ({ name }) => name,
  },
  {
    id: "description",
    title: "For",
    cell: ({ description }) => <span className="text-muted">{description}</span>,
  },
  {
    id: "permissions",
    title: "Permissions",
    width: 104,
    align: "right",
    cell: ({ permissions }) => carried(permissions.length, all),
  },
  {
    id: "holders",
    title: "Bindings",
    width: 96,
    align: "right",
    cell: ({ bindings }) => (bindings === 0 ? <span className="text-muted">none</span> : bindings),
  },
];

/** Built-in roles and the organisation's own; one of them open beside the list. */
export function RolesPage() {
  const params = useSearchParams();
  const setParams = useSetParams();
  const { kind } = useAccess();
  const roles = useRoles();
  const text = (params.get("q") ?? "").toLowerCase();
  const rows = (roles.data ?? []).filter(({ name, permissions }) =>
    `${name} ${permissions.join(" ")}`.toLowerCase().includes(text),
  );
  const chosen = roles.data?.find(({ id }) => id === params.get("role"));
  const editing = params.get("edit") !== null;
  const close = () => setParams({ role: undefined, edit: undefined, new: undefined, from: undefined });
  const from = roles.data?.find(({ id }) => id === params.get("from"));
  return (
    <>
      <PageBody>
        <RolesBar />
        <Loaded
          query={roles}
          what="the roles"
          loading={<TableSkeleton columns={columns(grantableIn(kind).length)} minWidth={640} />}
        >
          {() => (
            <Table
              label="Roles"
              columns={columns(grantableIn(kind).length)}
              rows={rows}
              rowKey={({ id }) => id}
              selectedKey={chosen?.id}
              onSelect={({ id }) => setParams({ role: id, edit: undefined, new: undefined })}
              minWidth={640}
              empty={<EmptyState title="No role fits">Take out a word of the filter.</EmptyState>}
            />
          )}
        </Loaded>
        <StatusBar>
          <StatusMark status="none">A role says what; a binding says who and where.</StatusMark>
        </StatusBar>
      </PageBody>
      {params.get("new") === null ? null : <RoleEditor key={from?.id ?? "new"} from={from} onClose={close} />}
      {chosen !== undefined && editing ? <RoleEditor key={chosen.id} role={chosen} onClose={close} /> : null}
      {chosen !== undefined && !editing && params.get("new") === null ? (
        <RolePanel key={chosen.id} role={chosen} onClose={close} />
      ) : null}
    </>
  );
}

function RolesBar() {
  const setParams = useSetParams();
  const barred = useBarred("roles.manage");
  return (
    <FilterBar>
      <SearchField label="Find roles" placeholder="Find by name or permission" />
      <Button
        icon={<Plus size={14} aria-hidden />}
        barred={barred}
        onClick={() => setParams({ new: "1", role: undefined, edit: undefined, from: undefined }, "push")}
      >
        Role
      </Button>
    </FilterBar>
  );
}
