"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useEffect, useRef } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { Button, CodeBlock, Facts, FormProblem, Notice, StatusMark } from "../../../ui";
import { useSetParams } from "../../frame";
import type { Provider } from "./use-providers";

type TestResult = inferRouterOutputs<AppRouter>["providers"]["testResult"]["result"];

export interface ProviderTestProps {
  readonly provider: Provider;
  readonly barred: string | undefined;
  /** The ticket of a result that waits, as the URL carries it back from the provider. */
  readonly ticket: string | null;
}

/** A round trip to the provider that signs nobody in, and all that it said. */
export function ProviderTest({ provider, barred, ticket }: ProviderTestProps) {
  const trpc = useTRPC();
  const begin = useMutation(
    trpc.providers.test.mutationOptions({ onSuccess: ({ url }) => window.location.assign(url) }),
  );
  const result = useTestResult(ticket);
  const problem = begin.error ?? result.error;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <Button
          look={provider.testedAt === null ? "primary" : "plain"}
          barred={barred}
          busy={begin.isPending || begin.isSuccess}
          onClick={() => begin.mutate({ id: provider.id, next: `/access/sign-on?provider=${provider.id}` })}
        >
          Test this
        </Button>
        <p className="text-table text-muted">
          You sign in there as yourself and come back here; your session stays what it is.
        </p>
      </div>
      <FormProblem message={problem === null ? undefined : wireErrorOf(problem).message} />
      {result.data === undefined ? null : <Found result={result.data.result} groupsClaim={provider.groupsClaim} />}
    </div>
  );
}

/** Fetches the result once: it can be read one time. Then the address forgets its ticket. */
function useTestResult(ticket: string | null) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setParams = useSetParams();
  const read = useMutation(
    trpc.providers.testResult.mutationOptions({
      onSettled: () => {
        setParams({ test: undefined });
        void queries.invalidateQueries(trpc.providers.pathFilter());
      },
    }),
  );
  const asked = useRef<string>(undefined);
  const { mutate } = read;
  useEffect(() => {
    if (ticket === null || asked.current === ticket) return;
    asked.current = ticket;
    mutate({ token: ticket });
  }, [ticket, mutate]);
  return read;
}

function Found({ result, groupsClaim }: { readonly result: TestResult; readonly groupsClaim: string }) {
  if (result.kind === "failed") {
    return (
      <Notice look="problem">
        {result.detail} <code className="text-muted">{result.code}</code>
      </Notice>
    );
  }
  const { profile, outcome, idTokenClaims, userinfoClaims } = result;
  return (
    <section aria-label="Result of the test" className="flex flex-col gap-3 rounded-md border border-line p-3">
      <StatusMark status={outcome.kind === "refused" ? "problem" : "good"}>It answered.</StatusMark>
      <p className="-mt-2">{outcome.says}</p>
      <Facts
        facts={[
          ["E-mail", profile.email === "" ? "none said" : <code key="email">{profile.email}</code>],
          [
            "Checked",
            profile.emailVerified === null ? "the provider does not say" : profile.emailVerified ? "yes" : "no",
          ],
          ["Name", profile.name || "none said"],
          [
            "Groups",
            profile.groups.length === 0 ? (
              <span key="none">
                none in <code>{groupsClaim}</code>
              </span>
            ) : (
              <ul key="groups">
                {profile.groups.map((group) => (
                  <li key={group} className="font-mono break-all">
                    {group}
                  </li>
                ))}
              </ul>
            ),
          ],
        ]}
      />
      <Claims title="Claims of the id token" claims={idTokenClaims} />
      {userinfoClaims === null ? null : <Claims title="Claims of userinfo" claims={userinfoClaims} />}
    </section>
  );
}

const Claims = ({ title, claims }: { readonly title: string; readonly claims: unknown }) => (
  <div className="flex flex-col gap-1">
    <h4 className="text-table font-medium text-muted">{title}</h4>
    <CodeBlock label={title} code={JSON.stringify(claims, null, 2)} maxHeight={200} />
  </div>
);
