"use client";

import { Plus } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { Badge, Button, EmptyState, RelativeTime, Segments, Table, type Column, TableSkeleton } from "../../../ui";
import { FilterBar, Loaded, PageBody, SearchField, StatusBar, useBarred, useSetParams } from "../../frame";
import { bindingSegment, countBindings, filterBindings, holderName } from "../model/binding-list";
import { BindDialog } from "./bind-dialog";
import { BindingPanel } from "./binding-panel";
import { ScopeText } from "./scope-text";
import { useBindings, type Binding } from "./use-roles";

const columns: readonly Column<Binding>[] = [
  {
    id: "holder",
    title: "Who",
    width: 260,
    cell: (binding) => <Holder binding={binding} />,
    copy: ({ holder }) => holderName(holder),
  },
  { id: "role", title: "Role", width: 176, cell: ({ roleName }) => <span className="font-semibold">{roleName}</span> },
  { id: "scope", title: "Where", cell: ({ scope }) => <ScopeText scope={scope} /> },
  {
    id: "origin",
    title: "Given",
    width: 128,
    cell: ({ origin, createdAt }) =>
      origin === "file" ? <span className="text-muted">by file</span> : <RelativeTime at={createdAt} />,
  },
];

function Holder({ binding: { holder } }: { readonly binding: Binding }) {
  if (holder.kind === "person") return <span>{holderName(holder)}</span>;
  return (
    <span className="inline-flex max-w-full items-center gap-2">
      <Badge look="muted">group</Badge>
      <span className="truncate font-mono">{holder.group}</span>
      <span className="truncate text-muted">{holder.providerName}</span>
    </span>
  );
}

/** Who holds which role where: people by name, and groups as a provider says them. */
export function BindingsPage() {
  const params = useSearchParams();
  const setParams = useSetParams();
  const bindings = useBindings();
  const rows = filterBindings(bindings.data ?? [], {
    segment: bindingSegment(params.get("show")),
    text: params.get("q") ?? "",
  });
  const chosen = bindings.data?.find(({ id }) => id === params.get("binding"));
  return (
    <>
      <PageBody>
        <BindingsBar bindings={bindings.data} />
        <Loaded query={bindings} what="the bindings" loading={<TableSkeleton columns={columns} minWidth={720} />}>
          {() => (
            <Table
              label="Bindings"
              columns={columns}
              rows={rows}
              rowKey={({ id }) => id}
              selectedKey={chosen?.id}
              onSelect={({ id }) => setParams({ binding: id })}
              minWidth={720}
              empty={
                <EmptyState title="No binding fits">
                  Bind a role to a person, or to a group of your identity provider: its members get the role when they
                  sign in.
                </EmptyState>
              }
            />
          )}
        </Loaded>
        <StatusBar>
          {bindings.data === undefined ? null : `${rows.length} ${rows.length === 1 ? "binding" : "bindings"}.`} A
          person may do what any of theirs allows.
        </StatusBar>
      </PageBody>
      {chosen === undefined ? null : (
        <BindingPanel key={chosen.id} binding={chosen} onClose={() => setParams({ binding: undefined })} />
      )}
      {params.get("bind") === null ? null : <BindDialog onClose={() => setParams({ bind: undefined })} />}
    </>
  );
}

function BindingsBar({ bindings }: { readonly bindings: readonly Binding[] | undefined }) {
  const params = useSearchParams();
  const setParams = useSetParams();
  const barred = useBarred("roles.manage");
  const counts = bindings === undefined ? undefined : countBindings(bindings);
  return (
    <FilterBar>
      <SearchField label="Find bindings" placeholder="Find by person, group, role, namespace, tier" />
      <Segments
        label="Whose"
        value={bindingSegment(params.get("show"))}
        onChange={(segment) => setParams({ show: segment === "all" ? undefined : segment })}
        tabs={[
          { value: "all", label: "All", count: counts?.all },
          { value: "people", label: "People", count: counts?.people },
          { value: "groups", label: "Groups", count: counts?.groups },
        ]}
      />
      <Button icon={<Plus size={14} aria-hidden />} barred={barred} onClick={() => setParams({ bind: "1" }, "push")}>
        Binding
      </Button>
    </FilterBar>
  );
}
