"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Checkbox, Choice, CodeBlock, Field, FormProblem, PanelSection, SidePanel } from "../../../ui";
import { useSetParams } from "../../frame";
import {
  emptyProvider,
  isWhole,
  joinRuleWords,
  providerProblems,
  settingsOf,
  type ProviderDraft,
} from "../model/provider-state";
import type { Provider } from "./use-providers";

export interface ProviderFormProps {
  /** The one that is changed; without it a new one is made. */
  readonly provider?: Provider;
  readonly redirectUri: string;
  /** False where the installation cannot keep secrets. */
  readonly secretsAvailable: boolean;
  readonly onClose: () => void;
}

const draftOf = (provider: Provider): ProviderDraft => ({
  ...provider,
  clientSecret: "",
  scopes: provider.scopes.join(" "),
  domains: provider.domains.join(", "),
});

type Set = (changes: Partial<ProviderDraft>) => void;

interface PartProps {
  readonly draft: ProviderDraft;
  readonly set: Set;
}

/** Sets up a provider, field by field, in the order in which one needs them. */
export function ProviderForm({ provider, redirectUri, secretsAvailable, onClose }: ProviderFormProps) {
  const [draft, setDraft] = useState(provider === undefined ? emptyProvider : draftOf(provider));
  const set: Set = (changes) => setDraft({ ...draft, ...changes });
  const { save, busy, problem } = useSave(provider);
  const begun = provider !== undefined;
  return (
    <SidePanel
      width={504}
      label={begun ? `Edit ${provider.name}` : "New provider"}
      title={begun ? provider.name : "New provider"}
      subtitle={
        begun
          ? "Counts for the next sign-in; sessions that are open stay."
          : "Save it, then test it before others use it."
      }
      onClose={onClose}
      footer={
        <>
          <Button look="primary" busy={busy} disabled={!isWhole(draft)} onClick={() => save(draft)}>
            {begun ? "Save" : "Save, then test"}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <FormProblem message={problem} />
        </>
      }
    >
      <PanelSection title="1. At the provider, register a web application with this redirect URI">
        <CodeBlock label="Redirect URI" code={redirectUri} />
      </PanelSection>
      <PanelSection title="2. What the provider gave you">
        <Credentials draft={draft} set={set} hasSecret={provider?.hasClientSecret === true} keeps={secretsAvailable} />
      </PanelSection>
      <PanelSection title="3. Who comes in">
        <Admission draft={draft} set={set} />
      </PanelSection>
      <PanelSection title="4. What it says of people">
        <ClaimNames draft={draft} set={set} />
      </PanelSection>
    </SidePanel>
  );
}

interface CredentialsProps extends PartProps {
  readonly hasSecret: boolean;
  readonly keeps: boolean;
}

function Credentials({ draft, set, hasSecret, keeps }: CredentialsProps) {
  const problems = providerProblems(draft);
  return (
    <div className="flex flex-col gap-3">
      <Field
        label="Name, as the sign-in page shows it"
        value={draft.name}
        maxLength={60}
        placeholder="Okta"
        hint={`The button says “Continue with ${draft.name.trim() || "…"}”.`}
        onChange={(event) => set({ name: event.target.value })}
      />
      <Field
        label="Issuer"
        mono
        spellCheck={false}
        value={draft.issuer}
        placeholder="https://id.example.org"
        error={problems.issuer}
        hint="Its /.well-known/openid-configuration is read."
        onChange={(event) => set({ issuer: event.target.value.trim() })}
      />
      <Field
        label="Client id"
        mono
        spellCheck={false}
        value={draft.clientId}
        onChange={(event) => set({ clientId: event.target.value })}
      />
      <Field
        label="Client secret"
        type="password"
        autoComplete="off"
        mono
        value={draft.clientSecret}
        disabled={!keeps}
        placeholder={hasSecret ? "stored, and never shown" : ""}
        hint={
          !keeps
            ? "Cannot be kept here: the installation has no key for secrets (ISTHMUS_SECRETS_KEY_FILE). A public client needs none."
            : hasSecret
              ? "Leave it empty to keep the stored one."
              : "Kept sealed. Leave it empty for a public client, which proves itself with PKCE alone."
        }
        onChange={(event) => set({ clientSecret: event.target.value })}
      />
      <Field
        label="Scopes to ask for"
        mono
        spellCheck={false}
        value={draft.scopes}
        error={problems.scopes}
        hint="Some providers send groups only for a scope of that name."
        onChange={(event) => set({ scopes: event.target.value })}
      />
    </div>
  );
}

function Admission({ draft, set }: PartProps) {
  const problems = providerProblems(draft);
  return (
    <div className="flex flex-col gap-3">
      <Choice
        label="Let in"
        value={draft.joinRule}
        onChange={(joinRule) => set({ joinRule })}
        options={(["invited", "groups", "anyone"] as const).map((value) => ({ value, ...joinRuleWords[value] }))}
      />
      <Field
        label="Domains of e-mail addresses"
        mono
        spellCheck={false}
        value={draft.domains}
        placeholder="example.org"
        error={problems.domains}
        hint="Apart by commas. Whoever types such an address on the sign-in page is offered this provider."
        onChange={(event) => set({ domains: event.target.value })}
      />
      <Checkbox
        label="Show its button to everybody on the sign-in page"
        checked={draft.shown}
        onChange={(shown) => set({ shown })}
      />
      <Checkbox
        label="In use"
        hint="Switched off, nobody signs in with it, and the sessions that it proved are not good any more."
        checked={draft.enabled}
        onChange={(enabled) => set({ enabled })}
      />
    </div>
  );
}

function ClaimNames({ draft, set }: PartProps) {
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-3 gap-2">
        <Field
          label="E-mail claim"
          mono
          value={draft.emailClaim}
          onChange={(event) => set({ emailClaim: event.target.value })}
        />
        <Field
          label="Name claim"
          mono
          value={draft.nameClaim}
          onChange={(event) => set({ nameClaim: event.target.value })}
        />
        <Field
          label="Groups claim"
          mono
          value={draft.groupsClaim}
          onChange={(event) => set({ groupsClaim: event.target.value })}
        />
      </div>
      <Checkbox
        label="Its addresses are checked, though it does not say so"
        hint="Only for a provider that has no email_verified claim and lets nobody choose an address of their own."
        checked={draft.emailsVerified}
        onChange={(emailsVerified) => set({ emailsVerified })}
      />
    </div>
  );
}

function useSave(provider: Provider | undefined) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setParams = useSetParams();
  const done = (id: string) => {
    void queries.invalidateQueries(trpc.providers.pathFilter());
    setParams({ new: undefined, edit: undefined, provider: id });
  };
  const create = useMutation(trpc.providers.create.mutationOptions({ onSuccess: ({ id }) => done(id) }));
  const update = useMutation(
    trpc.providers.update.mutationOptions({ onSuccess: () => provider !== undefined && done(provider.id) }),
  );
  const error = create.error ?? update.error;
  return {
    busy: create.isPending || update.isPending,
    problem: error === null ? undefined : wireErrorOf(error).message,
    save: (draft: ProviderDraft) => {
      const secret = draft.clientSecret === "" ? {} : { clientSecret: draft.clientSecret };
      if (provider === undefined) create.mutate({ ...settingsOf(draft), ...secret });
      else update.mutate({ id: provider.id, ...settingsOf(draft), ...secret });
    },
  };
}
