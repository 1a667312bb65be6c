"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, CodeBlock, ConfirmDialog, Facts, Notice, PanelSection, RelativeTime, SidePanel } from "../../../ui";
import { useBarred, useSetParams } from "../../frame";
import { joinRuleWords } from "../model/provider-state";
import { ProviderTest } from "./provider-test";
import { ProviderMark } from "./provider-mark";
import type { Provider } from "./use-providers";

export interface ProviderPanelProps {
  readonly provider: Provider;
  readonly redirectUri: string;
  readonly onClose: () => void;
}

const byFile = "It is written by the access file: change it there.";

/** One provider: how it is set up, whether it works, and what it says of the person who tests it. */
export function ProviderPanel({ provider, redirectUri, onClose }: ProviderPanelProps) {
  const setParams = useSetParams();
  const params = useSearchParams();
  const missing = useBarred("providers.manage");
  const barred = missing ?? (provider.origin === "file" ? byFile : undefined);
  const [removing, setRemoving] = useState(false);
  return (
    <SidePanel
      width={504}
      label={`Provider ${provider.name}`}
      title={provider.name}
      subtitle={<ProviderMark provider={provider} />}
      onClose={onClose}
      footer={
        <>
          <Button barred={barred} onClick={() => setParams({ edit: "1" }, "push")}>
            Edit
          </Button>
          <Button look="danger" className="ml-auto" barred={barred} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        </>
      }
    >
      {provider.lastError === "" ? null : (
        <PanelSection>
          <Notice look="problem">{provider.lastError}</Notice>
        </PanelSection>
      )}
      <PanelSection title="Test">
        <ProviderTest provider={provider} barred={missing} ticket={params.get("test")} />
      </PanelSection>
      <PanelSection title="Set up">
        <Facts
          facts={[
            [
              "Issuer",
              <code key="issuer" className="break-all">
                {provider.issuer}
              </code>,
            ],
            [
              "Client id",
              <code key="client" className="break-all">
                {provider.clientId}
              </code>,
            ],
            ["Client secret", provider.hasClientSecret ? "stored, sealed" : "none: a public client"],
            ["Scopes", <code key="scopes">{provider.scopes.join(" ")}</code>],
            ["Lets in", joinRuleWords[provider.joinRule].label],
            ["Domains", provider.domains.length === 0 ? "any" : provider.domains.join(", ")],
            ["Button", provider.shown ? "shown to everybody" : "shown to its domains alone"],
            ["Groups from", <code key="groups">{provider.groupsClaim}</code>],
            ["Changed", <RelativeTime key="changed" at={provider.updatedAt} />],
          ]}
        />
      </PanelSection>
      <PanelSection title="Redirect URI, as the provider must know it">
        <CodeBlock label="Redirect URI" code={redirectUri} />
      </PanelSection>
      <PanelSection title="Back-channel logout URI, where the provider can reach it">
        <CodeBlock label="Back-channel logout URI" code={provider.logoutUri} />
      </PanelSection>
      {removing ? <Remove provider={provider} onClose={() => setRemoving(false)} onDone={onClose} /> : null}
    </SidePanel>
  );
}

interface RemoveProps {
  readonly provider: Provider;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Remove({ provider, onClose, onDone }: RemoveProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const remove = useMutation(
    trpc.providers.remove.mutationOptions({
      onSuccess: () => (onDone(), queries.invalidateQueries(trpc.providers.pathFilter())),
    }),
  );
  return (
    <ConfirmDialog
      title={`Remove ${provider.name}?`}
      description="Every session that it proved ends at once. Its groups hold their roles no more. People who have no password cannot sign in until they have another way."
      act={`Remove ${provider.name}`}
      typed={provider.name}
      busy={remove.isPending}
      problem={remove.error === null ? undefined : wireErrorOf(remove.error).message}
      onConfirm={() => remove.mutate({ id: provider.id })}
      onClose={onClose}
    />
  );
}
