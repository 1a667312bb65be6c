"use client";

import { Plus } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { Badge, Button, EmptyState, RelativeTime, Table, TableSkeleton, type Column } from "../../../ui";
import { FilterBar, Loaded, PageBody, SearchField, StatusBar, useAccess, useBarred, useSetParams } from "../../frame";
import { joinRuleWords } from "../model/provider-state";
import { ProviderForm } from "./provider-form";
import { ProviderMark } from "./provider-mark";
import { ProviderPanel } from "./provider-panel";
import { useProviders, type Provider } from "./use-providers";

const columns: readonly Column<Provider>[] = [
  {
    id: "name",
    title: "Provider",
    cell: ({ name, issuer, origin }) => (
      <>
        <span className="flex items-center gap-2">
          <span className="truncate font-semibold">{name}</span>
          {origin === "file" ? <Badge look="muted">by file</Badge> : null}
        </span>
        <span className="block truncate font-mono text-muted">{issuer}</span>
      </>
    ),
    copy: ({ issuer }) => issuer,
  },
  {
    id: "joins",
    title: "Who comes in",
    width: 232,
    cell: ({ joinRule, domains }) => (
      <>
        <span className="block truncate">{joinRuleWords[joinRule].label}</span>
        <span className="block truncate text-muted">{domains.length === 0 ? "any domain" : domains.join(", ")}</span>
      </>
    ),
  },
  {
    id: "state",
    title: "State",
    width: 176,
    cell: (provider) => (
      <>
        <span className="block">
          <ProviderMark provider={provider} />
        </span>
        <span className="block truncate text-muted">
          {provider.testedAt === null ? (
            "never tested"
          ) : (
            <>
              tested <RelativeTime at={provider.testedAt} />
            </>
          )}
        </span>
      </>
    ),
  },
];

/** The OpenID Connect providers that people sign in with. */
export function ProvidersPage() {
  const params = useSearchParams();
  const setParams = useSetParams();
  const providers = useProviders();
  const barred = useBarred("providers.manage");
  const text = (params.get("q") ?? "").toLowerCase();
  const rows = (providers.data?.providers ?? []).filter(({ name, issuer }) =>
    `${name} ${issuer}`.toLowerCase().includes(text),
  );
  const chosen = providers.data?.providers.find(({ id }) => id === params.get("provider"));
  const editing = params.get("edit") !== null;
  const close = () => setParams({ provider: undefined, edit: undefined, new: undefined, test: undefined });
  return (
    <>
      <PageBody>
        <FilterBar>
          <SearchField label="Find providers" placeholder="Find by name or issuer" />
          <Button
            icon={<Plus size={14} aria-hidden />}
            barred={barred}
            onClick={() => setParams({ new: "1", provider: undefined }, "push")}
          >
            Provider
          </Button>
        </FilterBar>
        <Loaded
          query={providers}
          what="the providers"
          loading={<TableSkeleton columns={columns} rowHeight={46} minWidth={640} rows={2} />}
        >
          {() => (
            <Table
              label="Identity providers"
              columns={columns}
              rows={rows}
              rowKey={({ id }) => id}
              rowHeight={46}
              selectedKey={chosen?.id}
              onSelect={({ id }) => setParams({ provider: id, edit: undefined, new: undefined, test: undefined })}
              minWidth={640}
              empty={<NoProviders onNew={() => setParams({ new: "1" }, "push")} barred={barred} />}
            />
          )}
        </Loaded>
        <StatusBar>OpenID Connect, authorization code with PKCE</StatusBar>
      </PageBody>
      {params.get("new") !== null && providers.data !== undefined ? (
        <ProviderForm
          key="new"
          redirectUri={providers.data.redirectUri}
          secretsAvailable={providers.data.secretsAvailable}
          onClose={close}
        />
      ) : null}
      {chosen !== undefined && providers.data !== undefined && params.get("new") === null ? (
        editing ? (
          <ProviderForm
            key={chosen.id}
            provider={chosen}
            redirectUri={providers.data.redirectUri}
            secretsAvailable={providers.data.secretsAvailable}
            onClose={() => setParams({ edit: undefined })}
          />
        ) : (
          <ProviderPanel key={chosen.id} provider={chosen} redirectUri={providers.data.redirectUri} onClose={close} />
        )
      ) : null}
    </>
  );
}

function NoProviders({ onNew, barred }: { readonly onNew: () => void; readonly barred: string | undefined }) {
  const installation = useAccess().kind === "installation";
  return (
    <EmptyState
      title={installation ? "One sign-in for every organisation" : "Let people sign in with what they have"}
      action={
        <Button look="primary" icon={<Plus size={14} aria-hidden />} barred={barred} onClick={onNew}>
          Set up a provider
        </Button>
      }
    >
      Any OpenID Connect provider will do: Keycloak, Okta, Entra ID, Google, Dex. You register Isthmus there as a web
      application, and paste its client id here. Groups of the provider can then hold roles.
    </EmptyState>
  );
}
