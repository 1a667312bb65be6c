"use client";

import { Plus } from "lucide-react";
import { useSearchParams } from "next/navigation";
import {
  Badge,
  Button,
  EmptyState,
  RelativeTime,
  Segments,
  Table,
  useNow,
  type Column,
  TableSkeleton,
} from "../../../ui";
import { FilterBar, Loaded, PageBody, SearchField, StatusBar, useBarred, useMay, useSetParams } from "../../frame";
import { RoleChip } from "../../roles";
import { inOrder, isUsable, tokenState } from "../model/token-state";
import { NewTokenDialog } from "./new-token-dialog";
import { TokenMark } from "./token-mark";
import { TokenPanel } from "./token-panel";
import { useTokens, type Token } from "./use-tokens";

const columns = (now: number, everybody: boolean): readonly Column<Token>[] => [
  {
    id: "name",
    title: "Token",
    width: 220,
    cell: ({ name, own }) => (
      <span className="inline-flex max-w-full items-center gap-2">
        <span className="truncate font-semibold">{name}</span>
        {everybody && own ? <Badge look="accent">yours</Badge> : null}
      </span>
    ),
    copy: ({ name }) => name,
  },
  ...(everybody ? [{ id: "owner", title: "Speaks for", width: 176, cell: ({ personName }: Token) => personName }] : []),
  { id: "role", title: "May", cell: ({ roleName, scope }) => <RoleChip role={roleName} scope={scope} /> },
  { id: "state", title: "State", width: 104, cell: (token) => <TokenMark state={tokenState(token, now)} /> },
  {
    id: "ends",
    title: "Ends",
    width: 96,
    cell: (token) =>
      token.revokedAt === null ? <RelativeTime at={token.expiresAt} /> : <RelativeTime at={token.revokedAt} />,
  },
  {
    id: "used",
    title: "Last used",
    width: 120,
    cell: ({ lastUsedAt }) =>
      lastUsedAt === null ? <span className="text-muted">never</span> : <RelativeTime at={lastUsedAt} />,
  },
];

/** API tokens: the person's own, and where they may see them everybody's. */
export function TokensPage() {
  const params = useSearchParams();
  const setParams = useSetParams();
  const now = useNow();
  const seesAll = useMay("tokens.read");
  const whose = seesAll && params.get("whose") === "all" ? "all" : "own";
  const tokens = useTokens(whose);
  const over = params.get("over") !== null;
  const text = (params.get("q") ?? "").toLowerCase();
  const rows = inOrder(tokens.data ?? [], now)
    .filter((token) => over || isUsable(tokenState(token, now)))
    .filter(({ name, personName, roleName }) => `${name} ${personName} ${roleName}`.toLowerCase().includes(text));
  const hidden = (tokens.data?.length ?? 0) - rows.length;
  const chosen = tokens.data?.find(({ id }) => id === params.get("token"));
  return (
    <>
      <PageBody>
        <TokensBar whose={whose} seesAll={seesAll} over={over} />
        <Loaded
          query={tokens}
          what="the tokens"
          loading={<TableSkeleton columns={columns(now, whose === "all")} minWidth={760} rows={3} />}
        >
          {() => (
            <Table
              label="API tokens"
              columns={columns(now, whose === "all")}
              rows={rows}
              rowKey={({ id }) => id}
              selectedKey={chosen?.id}
              onSelect={({ id }) => setParams({ token: id })}
              rowClass={(token) => (isUsable(tokenState(token, now)) ? undefined : "text-muted")}
              minWidth={760}
              empty={<NoTokens filtered={text !== "" || hidden > 0} />}
            />
          )}
        </Loaded>
        <StatusBar>
          {tokens.data === undefined ? null : `${rows.length} ${rows.length === 1 ? "token" : "tokens"}.`} A token never
          may more than the person it speaks for.
        </StatusBar>
      </PageBody>
      {chosen === undefined ? null : (
        <TokenPanel key={chosen.id} token={chosen} onClose={() => setParams({ token: undefined })} />
      )}
      {params.get("new") === null ? null : <NewTokenDialog onClose={() => setParams({ new: undefined })} />}
    </>
  );
}

interface TokensBarProps {
  readonly whose: "own" | "all";
  readonly seesAll: boolean;
  readonly over: boolean;
}

function TokensBar({ whose, seesAll, over }: TokensBarProps) {
  const setParams = useSetParams();
  const barred = useBarred("tokens.create");
  return (
    <FilterBar>
      <SearchField label="Find tokens" placeholder="Find by name, person, role" />
      {seesAll ? (
        <Segments
          label="Whose"
          value={whose}
          onChange={(value) => setParams({ whose: value === "own" ? undefined : value, token: undefined })}
          tabs={[
            { value: "own", label: "Yours" },
            { value: "all", label: "Everybody's" },
          ]}
        />
      ) : null}
      <Segments
        label="Which tokens"
        value={over ? "over" : "usable"}
        onChange={(value) => setParams({ over: value === "over" ? "1" : undefined })}
        tabs={[
          { value: "usable", label: "In use" },
          { value: "over", label: "With ended" },
        ]}
      />
      <Button icon={<Plus size={14} aria-hidden />} barred={barred} onClick={() => setParams({ new: "1" }, "push")}>
        Token
      </Button>
    </FilterBar>
  );
}

const NoTokens = ({ filtered }: { readonly filtered: boolean }) =>
  filtered ? (
    <EmptyState title="No token fits">Take out a word of the filter, or show those that have ended.</EmptyState>
  ) : (
    <EmptyState title="A token lets a program speak for you">
      Give it one role and a scope as narrow as its task, and an end. It is shown once, and works with the HTTP API that
      the operator guide describes.
    </EmptyState>
  );
