"use client";

import { isPermission, permissionSpecs, type Permission } from "@isthmus/access";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useDeferredValue } from "react";
import { useTRPC } from "../../../client";
import { Field, SelectField } from "../../../ui";
import { PageBody, useAccess, useMay, useSetParams } from "../../frame";
import { grantableIn, permissionGroups } from "../model/permission-groups";
import { asksFor, questionWords, type WhyQuestion } from "../model/question";
import { useScopeOptions } from "./use-scope-options";
import { WhyAnswer } from "./why-answer";

/** Reads the question from the URL. */
function useQuestion(): WhyQuestion & { readonly personId: string } {
  const params = useSearchParams();
  const permission = params.get("permission") ?? "";
  return {
    personId: params.get("person") ?? "",
    permission: isPermission(permission) ? permission : "policies.apply",
    clusterId: params.get("cluster") ?? "",
    namespace: params.get("namespace") ?? "",
    tier: params.get("tier") ?? "",
  };
}

/** Explains any permission: which bindings give it, or what is missing and who may give it. */
export function WhyPage() {
  const trpc = useTRPC();
  const question = useQuestion();
  const { organisation, kind } = useAccess();
  const { clusters, tiers, nameOf } = useScopeOptions();
  const me = useQuery(trpc.signIn.me.queryOptions(undefined, { staleTime: 60_000 }));
  const seesOthers = useMay("roles.read") && useMay("members.read");
  const members = useQuery(trpc.members.list.queryOptions(undefined, { enabled: seesOthers, staleTime: 30_000 }));
  const person = members.data?.members.find(({ personId }) => personId === question.personId);
  const self = question.personId === "" || question.personId === me.data?.id;
  const settled = useDeferredValue(question);
  const shown = grantableIn(kind).includes(question.permission)
    ? question
    : { ...question, permission: "members.read" as const };
  return (
    <PageBody className="overflow-auto bg-surface">
      <div className="flex w-full max-w-180 flex-col gap-6 p-4">
        <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
          <PersonSelect
            value={self ? "" : question.personId}
            people={(members.data?.members ?? []).filter(({ personId }) => personId !== me.data?.id)}
          />
          <PermissionSelect value={shown.permission} shown={grantableIn(kind)} />
          <Places question={shown} clusters={clusters} tiers={tiers} />
        </div>
        <section aria-label="Answer" aria-live="polite" className="flex flex-col gap-3">
          <h2 className="text-title font-semibold tracking-[-0.01em]">
            {questionWords(shown, {
              person: person?.displayName || person?.email || "this person",
              self,
              organisation: organisation.name,
              cluster: nameOf(shown.clusterId),
            })}
          </h2>
          <p className="-mt-2 text-muted">
            {permissionSpecs[shown.permission].description} <code className="text-table">{shown.permission}</code>
          </p>
          <WhyAnswer
            question={{ ...settled, permission: shown.permission }}
            personId={self ? undefined : settled.personId}
          />
        </section>
      </div>
    </PageBody>
  );
}

interface PersonSelectProps {
  readonly value: string;
  readonly people: readonly { readonly personId: string; readonly displayName: string; readonly email: string }[];
}

function PersonSelect({ value, people }: PersonSelectProps) {
  const setParams = useSetParams();
  return (
    <SelectField
      label="Who"
      value={value}
      onChange={(personId) => setParams({ person: personId === "" ? undefined : personId })}
      options={[
        { value: "", label: "I" },
        ...people.map(({ personId, displayName, email }) => ({ value: personId, label: `${displayName} · ${email}` })),
      ]}
    />
  );
}

function PermissionSelect({ value, shown }: { readonly value: Permission; readonly shown: readonly Permission[] }) {
  const setParams = useSetParams();
  return (
    <SelectField
      label="May do what"
      value={value}
      onChange={(permission) => setParams({ permission })}
      options={permissionGroups(shown).flatMap((group) =>
        group.permissions.map((permission) => ({
          value: permission,
          label: `${group.title}: ${permissionSpecs[permission].title.toLowerCase()}`,
        })),
      )}
    />
  );
}

interface PlacesProps {
  readonly question: WhyQuestion;
  readonly clusters: readonly { readonly id: string; readonly name: string }[];
  readonly tiers: readonly string[];
}

/** The fields for where, as far as the permission can be limited. */
function Places({ question, clusters, tiers }: PlacesProps) {
  const setParams = useSetParams();
  const set = (name: string) => (value: string) => setParams({ [name]: value === "" ? undefined : value });
  const { permission, clusterId, namespace, tier } = question;
  return (
    <>
      {asksFor(permission, "cluster") ? (
        <SelectField
          label="At which cluster"
          value={clusterId}
          onChange={set("cluster")}
          options={[
            { value: "", label: permission === "clusters.connect" ? "A new one" : "Choose a cluster" },
            ...clusters.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      ) : null}
      {asksFor(permission, "tier") ? (
        <SelectField
          label="In which tier"
          value={tier}
          onChange={set("tier")}
          options={[
            { value: "", label: "Choose a tier" },
            ...(tier === "" || tiers.includes(tier) ? tiers : [tier, ...tiers]).map((name) => ({
              value: name,
              label: name,
            })),
          ]}
        />
      ) : null}
      {asksFor(permission, "namespace") ? (
        <Field
          label="In which namespace"
          mono
          spellCheck={false}
          value={namespace}
          placeholder="of the whole cluster"
          onChange={(event) => set("namespace")(event.target.value.trim())}
        />
      ) : null}
    </>
  );
}
