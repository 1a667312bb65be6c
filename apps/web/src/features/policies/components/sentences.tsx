import { Fragment } from "react";
import { ProblemIcon, shortCount, VerdictGlyph, type Verdict } from "../../../ui";
import type { HitTotals } from "../model/hits";
import type { PolicySentences, RuleSentence } from "../model/sentences";

const verdicts: Readonly<Record<RuleSentence["action"], Verdict>> = {
  Allow: "allow",
  Deny: "deny",
  Pass: "pass",
  Log: "unknown",
};

export interface SentencesProps {
  readonly sentences: PolicySentences;
  readonly hits: HitTotals | null;
}

/** A policy's rules as sentences, in order, by direction, with how often each decided where that is told. */
export function Sentences({ sentences, hits }: SentencesProps) {
  // A hit names a rule by its index within a direction that it does not name: with one direction there is no doubt.
  const countable = sentences.directions.length === 1 ? hits : null;
  return (
    <div className="flex flex-col gap-2">
      {sentences.directions.map(({ direction, rules }) => (
        <div key={direction}>
          {sentences.directions.length > 1 ? <p className="mb-1 text-table text-muted">{direction}</p> : null}
          {rules.length === 0 ? (
            <p className="text-table text-muted">No rule: nothing is allowed here, and the tier's default holds.</p>
          ) : null}
          <ol>
            {rules.map((rule, index) => (
              <RuleLine
                key={index}
                rule={rule}
                number={index + 1}
                connections={countable === null ? undefined : ruleHits(countable, index)}
              />
            ))}
          </ol>
        </div>
      ))}
      {sentences.unknown.length > 0 ? <Unknown what={sentences.unknown} /> : null}
    </div>
  );
}

const ruleHits = (hits: HitTotals, index: number): number =>
  hits.rules.filter((rule) => rule.ruleIndex === index).reduce((sum, rule) => sum + rule.connections, 0);

function RuleLine({
  rule,
  number,
  connections,
}: {
  readonly rule: RuleSentence;
  readonly number: number;
  readonly connections: number | undefined;
}) {
  return (
    <li className="flex min-h-7 items-start gap-2 py-1">
      <span className="w-4 shrink-0 text-right text-table leading-5 text-muted">{number}</span>
      <span className="mt-[3px]">
        <VerdictGlyph verdict={verdicts[rule.action]} />
      </span>
      <span className="min-w-0 flex-1 break-words">
        <Marked text={rule.text} />
        {rule.unknown.length > 0 ? <Unknown what={rule.unknown} /> : null}
      </span>
      {connections === undefined || connections === 0 ? null : (
        <span className="text-table leading-5 whitespace-nowrap text-muted">{shortCount(connections)} hits</span>
      )}
    </li>
  );
}

/** Values that the person wrote stand in quotes: they are shown in the monospaced face, as in the text. */
export const Marked = ({ text }: { readonly text: string }) => <Codes text={text} sign={'"'} />;

/** A message in which the person's text stands in backticks. */
export const Message = ({ text }: { readonly text: string }) => <Codes text={text} sign="`" />;

function Codes({ text, sign }: { readonly text: string; readonly sign: string }) {
  return text
    .split(sign)
    .map((part, index) => (
      <Fragment key={index}>
        {index % 2 === 1 ? (
          <code className="rounded-sm border border-line bg-surface px-1 text-table">{part}</code>
        ) : (
          part
        )}
      </Fragment>
    ));
}

const Unknown = ({ what }: { readonly what: readonly string[] }) => (
  <span className="mt-1 flex items-start gap-1.5 text-table">
    <ProblemIcon /> not understood here, so its verdict is unknown: <code>{what.join(", ")}</code>
  </span>
);
