"use client";

import { ArrowLeftRight } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { Button, ClusterMark, Facts, LinesSkeleton, PanelSection, RelativeTime, SidePanel } from "../../../ui";
import { Loaded } from "../../frame";
import { expectedMark, roundTripText } from "../model/cell";
import { kindOf, measuredWords, type ProbeFact } from "../model/measured";
import { Approvals, CureList } from "./cures";
import { ExpectedMark, MarkGlyph, MeasuredMark } from "./marks";
import { usePair, type MatrixCluster, type PairDetail } from "./use-connectivity";

export interface PairPanelProps {
  readonly from: MatrixCluster;
  readonly to: MatrixCluster;
  readonly onTurn: () => void;
  readonly onClose: () => void;
}

/** One pair: what is expected and why, what was measured, the facts behind it, and what would cure it. */
export function PairPanel({ from, to, onTurn, onClose }: PairPanelProps) {
  const pair = usePair(from.id, to.id);
  return (
    <SidePanel
      width={504}
      label={`${from.name} to ${to.name}`}
      title={
        <span className="flex min-w-0 flex-wrap items-center gap-1.5 font-mono">
          <ClusterMark index={from.ordinal} /> {from.name} <span className="text-muted">▸</span>{" "}
          <ClusterMark index={to.ordinal} /> {to.name}
        </span>
      }
      subtitle="whether pods of the first reach pods of the second, by address"
      onClose={onClose}
    >
      <PanelSection>
        <Button icon={<ArrowLeftRight size={14} aria-hidden />} onClick={onTurn}>
          Show the way back
        </Button>
      </PanelSection>
      <Loaded query={pair} what="this pair" loading={<LinesSkeleton lines={14} />}>
        {(detail) => <PairDetails detail={detail} from={from} to={to} />}
      </Loaded>
    </SidePanel>
  );
}

interface DetailsProps {
  readonly detail: PairDetail;
  readonly from: MatrixCluster;
  readonly to: MatrixCluster;
}

function PairDetails({ detail, from, to }: DetailsProps) {
  const { expected, measured, history, ends, cures, approved } = detail;
  return (
    <>
      <PanelSection
        title="Expected"
        trail={<ExpectedMark kind={expected.kind} isOfBefore={ends.some((end) => end.unknownSince !== null)} />}
      >
        <Caveats ends={ends} />
        <ol className="flex flex-col gap-1.5 text-table">
          {expected.findings.map(({ message, effect, code }) => (
            <li key={`${code} ${message}`} className="flex items-start gap-2">
              <span className="pt-px">
                <MarkGlyph mark={code === "fact-missing" ? "unknown" : expectedMark(effect)} size={12} />
              </span>
              <span className="min-w-0 break-words">{message}</span>
            </li>
          ))}
        </ol>
      </PanelSection>
      <PanelSection title="Measured" trail={<MeasuredMark measured={measured} />}>
        <MeasuredDetail detail={detail} />
      </PanelSection>
      <PanelSection title={`History, ${history.length} ${history.length === 1 ? "probe" : "probes"}`}>
        <History history={history} />
      </PanelSection>
      {cures.length === 0 ? null : (
        <PanelSection title="What would help">
          <CureList cures={cures} from={from} to={to} />
        </PanelSection>
      )}
      {approved.length === 0 ? null : (
        <PanelSection title="Approved">
          <Approvals approved={approved} />
        </PanelSection>
      )}
      {ends.map((end) => (
        <PanelSection key={end.id} title={`Facts of ${end.name}`}>
          <EndFacts end={end} />
        </PanelSection>
      ))}
    </>
  );
}

/** What limits what is known of the two: an agent that is not heard, or what the person may not see. */
function Caveats({ ends }: Pick<PairDetail, "ends">) {
  const lines = ends.flatMap(({ name, joined, isHidden, unknownSince }): readonly ReactNode[] => {
    if (!joined) return [`${name} has not joined yet: nothing is known of it.`];
    return [
      ...(isHidden ? [`Your access leaves out pools, BGP and nodes of ${name}: ask for all of its namespaces.`] : []),
      ...(unknownSince === null
        ? []
        : [
            <Fragment key="since">
              {name} is not heard since <RelativeTime at={unknownSince} />: these are its last facts.
            </Fragment>,
          ]),
    ];
  });
  if (lines.length === 0) return null;
  return (
    <ul className="mb-1.5 flex flex-col gap-1 text-table text-muted">
      {lines.map((line, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- two ends, in a fixed order
        <li key={index} className="flex items-start gap-2">
          <span className="pt-px">
            <MarkGlyph mark="unknown" size={12} />
          </span>
          <span className="min-w-0 break-words">{line}</span>
        </li>
      ))}
    </ul>
  );
}

function MeasuredDetail({ detail: { measured, history } }: { readonly detail: PairDetail }) {
  const [latest] = history;
  if (measured.kind === "none") return <p className="text-table text-muted">Not measured: {measured.why}.</p>;
  if (latest === undefined) return null;
  return (
    <div className="flex flex-col gap-1 text-table">
      {measured.kind === "stale" ? (
        <p className="text-muted">
          Unknown since <RelativeTime at={latest.at} />: no probe has reported for five minutes. Before that:
        </p>
      ) : null}
      <p className="break-words">{measuredWords(latest)}.</p>
      <p className="text-muted">
        <RelativeTime at={latest.at} />
        {latest.roundTripUs > 0 ? `, ${roundTripText(latest.roundTripUs)} from dialling to the answer` : ""}
      </p>
    </div>
  );
}

const SHOWN = 8;

function History({ history }: { readonly history: readonly ProbeFact[] }) {
  if (history.length === 0) return <p className="text-table text-muted">Nothing was measured yet.</p>;
  return (
    <ul className="flex flex-col gap-1 text-table">
      {history.slice(0, SHOWN).map((fact) => (
        <li key={fact.at} className="flex items-center justify-between gap-2">
          <MeasuredMark measured={measuredNow(fact)} />
          <span className="text-muted">
            <RelativeTime at={fact.at} />
          </span>
        </li>
      ))}
      {history.length > SHOWN ? <li className="text-muted">and {history.length - SHOWN} before these</li> : null}
    </ul>
  );
}

const measuredNow = (fact: ProbeFact) => ({ kind: kindOf(fact), at: fact.at, roundTripUs: fact.roundTripUs });

function EndFacts({ end }: { readonly end: PairDetail["ends"][number] }) {
  const list = (texts: readonly string[]) =>
    texts.length === 0 ? "not known" : <span className="font-mono">{texts.join(", ")}</span>;
  const pools = end.pools.map(({ name, cidr, disabled, natOutgoing }) =>
    [`${name} ${cidr}`, ...(disabled ? ["disabled"] : []), ...(natOutgoing ? ["natOutgoing"] : [])].join(" "),
  );
  const peers = end.peers.map(({ name, address, asNumber }) =>
    [name, address, ...(asNumber === null ? [] : [`AS ${asNumber}`])].filter(Boolean).join(" "),
  );
  return (
    <Facts
      facts={[
        ["Pod ranges", list(end.podCidrs)],
        ["Service ranges", list(end.serviceCidrs)],
        ["IP pools", end.missing.includes("IP pools") ? "not known" : <Lines key="p" lines={pools} />],
        ["AS number", end.asNumber === null ? "not known" : String(end.asNumber)],
        ["BGP peers", end.missing.includes("BGP peers") ? "not known" : <Lines key="b" lines={peers} />],
      ]}
    />
  );
}

const Lines = ({ lines }: { readonly lines: readonly string[] }) =>
  lines.length === 0 ? (
    "none"
  ) : (
    <ul className="font-mono">
      {lines.map((line) => (
        <li key={line} className="break-words">
          {line}
        </li>
      ))}
    </ul>
  );
