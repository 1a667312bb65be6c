"use client";

import { permissionSpecs } from "@isthmus/access";
import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { Check, Minus } from "lucide-react";
import Link from "next/link";
import { liveOn, useTRPC, wireErrorOf } from "../../../client";
import { FormProblem, formatCount, LoadingState, Marked } from "../../../ui";
import { useLink, useMay } from "../../frame";
import { missingPart, resourceOf, type WhyQuestion } from "../model/question";

export interface WhyAnswerProps {
  readonly question: WhyQuestion;
  /** Undefined for the person who asks. */
  readonly personId: string | undefined;
}

/** Yes or no, and through what. */
export function WhyAnswer({ question, personId }: WhyAnswerProps) {
  const trpc = useTRPC();
  const missing = missingPart(question);
  const answer = useQuery(
    trpc.roles.explain.queryOptions(
      missing === undefined
        ? {
            permission: question.permission,
            resource: resourceOf(question),
            ...(personId === undefined ? {} : { personId }),
          }
        : skipToken,
      { placeholderData: keepPreviousData, ...liveOn("access") },
    ),
  );
  if (missing !== undefined) return <p className="text-muted">{missing}</p>;
  if (answer.error !== null) return <FormProblem message={wireErrorOf(answer.error).message} />;
  if (answer.data === undefined) return <LoadingState label="Looking" />;
  const { allowed, grantedBy, missing: lacks, untold, wouldGrant, granters } = answer.data;
  return (
    <>
      <p className="flex items-center gap-2 text-work font-semibold">
        {allowed ? <Check size={16} aria-hidden /> : <Minus size={16} aria-hidden />}
        {allowed ? "Yes." : "No."}
      </p>
      {grantedBy.length === 0 ? null : (
        <Lines title={grantedBy.length === 1 ? "Given by" : "Given by each of"}>
          {grantedBy.map((each) => (
            <li key={`${each.bindingId} ${each.grants}`}>
              <BindingLink id={each.bindingId}>
                <Marked text={each.sentence} />
              </BindingLink>
              {each.grants === question.permission ? null : (
                <span className="text-muted">, for “{permissionSpecs[each.grants].title}”, which this needs too</span>
              )}
            </li>
          ))}
          <More count={untold.grantedBy} />
        </Lines>
      )}
      {allowed || lacks.length === 0 ? null : (
        <Lines title="What is missing">
          {lacks.map((each, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- sentences may repeat and never move
            <li key={index}>
              {each.bindingId === undefined ? (
                <Marked text={each.sentence} />
              ) : (
                <BindingLink id={each.bindingId}>
                  <Marked text={each.sentence} />
                </BindingLink>
              )}
            </li>
          ))}
          <More count={untold.missing} />
        </Lines>
      )}
      {allowed ? null : (
        <Lines title="What would give it">
          <li>
            {wouldGrant.length === 0 ? "No role carries it." : `A binding of ${orList(wouldGrant)} that covers this.`}
          </li>
          {granters.length === 0 ? null : <li>{orList(granters)} may give it.</li>}
        </Lines>
      )}
    </>
  );
}

const orList = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;

function Lines({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <h3 className="mb-1 text-table font-medium text-muted">{title}</h3>
      <ul className="flex list-disc flex-col gap-1 pl-4">{children}</ul>
    </div>
  );
}

/** How much of a list is left out. */
const More = ({ count }: { readonly count: number }) =>
  count === 0 ? null : <li className="text-muted">and {formatCount(count)} more</li>;

function BindingLink({ id, children }: { readonly id: string; readonly children: React.ReactNode }) {
  const link = useLink();
  const sees = useMay("roles.read");
  if (!sees) return children;
  return (
    <Link href={link(`/access/bindings?binding=${id}`)} className="text-text underline-offset-2 hover:underline">
      {children}
    </Link>
  );
}
