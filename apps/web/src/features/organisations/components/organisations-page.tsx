"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { liveOn, useTRPC, wireErrorOf } from "../../../client";
import {
  Button,
  Dialog,
  EmailField,
  isEmail,
  EmptyState,
  Field,
  FormProblem,
  RelativeTime,
  StatusMark,
  Table,
  TableSkeleton,
  type Column,
} from "../../../ui";
import { FilterBar, Loaded, Page, PageBody, SearchField, StatusBar, useBarred, useSetParams } from "../../frame";
import { organisationNameProblem } from "../model/deletion";
import { FirstOwnerLink } from "./first-owner";
import { HelpInDialog } from "./help-in-dialog";
import { OrganisationPanel } from "./organisation-panel";
import type { ListedOrganisation } from "./use-organisations";

const columns: readonly Column<ListedOrganisation>[] = [
  {
    id: "name",
    title: "Organisation",
    cell: ({ name }) => <span className="font-semibold">{name}</span>,
    copy: ({ name }) => name,
  },
  { id: "members", title: "Members", width: 96, align: "right", cell: ({ members }) => members },
  { id: "since", title: "Made", width: 128, cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  {
    id: "state",
    title: "State",
    width: 216,
    cell: ({ deletionDueAt, members }) =>
      deletionDueAt === null ? (
        members === 0 ? (
          <StatusMark status="problem">waits for its owner</StatusMark>
        ) : (
          <StatusMark status="good">in use</StatusMark>
        )
      ) : (
        <StatusMark status="problem">
          to be deleted <RelativeTime at={deletionDueAt} />
        </StatusMark>
      ),
  },
];

/** The organisations of the installation from outside: their names, sizes and ends, and how a new one begins. */
export function OrganisationsPage() {
  const trpc = useTRPC();
  const params = useSearchParams();
  const setParams = useSetParams();
  const barred = useBarred("installation.manage");
  const list = useQuery(trpc.organisations.list.queryOptions(undefined, liveOn("access")));
  const text = (params.get("q") ?? "").toLowerCase();
  const rows = (list.data ?? []).filter(({ name }) => name.toLowerCase().includes(text));
  const chosen = list.data?.find(({ id }) => id === params.get("organisation"));
  return (
    <Page>
      <PageBody>
        <FilterBar>
          <SearchField label="Find organisations" placeholder="Find by name" />
          <Button
            icon={<KeyRound size={14} aria-hidden />}
            barred={barred}
            onClick={() => setParams({ help: "1" }, "push")}
          >
            Help somebody in
          </Button>
          <Button
            icon={<Plus size={14} aria-hidden />}
            barred={barred}
            onClick={() => setParams({ new: "1" }, "push")}
            className="border-accent bg-wash-accent text-accent"
          >
            Organisation
          </Button>
        </FilterBar>
        <Loaded
          query={list}
          what="the organisations"
          loading={<TableSkeleton columns={columns} minWidth={620} rows={4} />}
        >
          {() => (
            <Table
              label="Organisations"
              columns={columns}
              rows={rows}
              rowKey={({ id }) => id}
              selectedKey={chosen?.id}
              onSelect={({ id }) => setParams({ organisation: id })}
              minWidth={620}
              empty={<EmptyState title="No organisation fits">Take out a word of the filter.</EmptyState>}
            />
          )}
        </Loaded>
        <StatusBar>
          {list.data === undefined ? null : `${rows.length} ${rows.length === 1 ? "organisation" : "organisations"}.`}{" "}
          Administrators see nothing inside them.
        </StatusBar>
      </PageBody>
      {chosen === undefined ? null : (
        <OrganisationPanel
          key={chosen.id}
          organisation={chosen}
          onClose={() => setParams({ organisation: undefined })}
        />
      )}
      {params.get("help") === null ? null : <HelpInDialog onClose={() => setParams({ help: undefined })} />}
      {params.get("new") === null ? null : <NewOrganisationDialog onClose={() => setParams({ new: undefined })} />}
    </Page>
  );
}

/** Makes an organisation, and shows the link for its first owner once. */
function NewOrganisationDialog({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const create = useMutation(
    trpc.organisations.create.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.organisations.pathFilter()),
    }),
  );
  if (create.isSuccess) return <FirstOwnerLink name={name} email={email} made={create.data} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New organisation"
      description="It begins empty. Its first owner joins by a link that you pass on; you see nothing inside it yourself."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={create.isPending}
            disabled={organisationNameProblem(name) !== undefined || !isEmail(email)}
            onClick={() => create.mutate({ name: name.trim(), ownerEmail: email.trim() })}
          >
            Make it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Name" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        <EmailField label="E-mail of its first owner" value={email} onChange={setEmail} />
        <FormProblem message={create.error === null ? undefined : wireErrorOf(create.error).message} />
      </div>
    </Dialog>
  );
}
