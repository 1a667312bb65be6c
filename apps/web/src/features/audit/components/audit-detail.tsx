"use client";

import { absoluteTime, Facts, PanelSection, SidePanel } from "../../../ui";
import { scopeWords, useScopeOptions } from "../../roles";
import { actionWords, changedFields, type ChangedField } from "../model/words";
import type { AuditLine } from "./audit-page";
import { targetName } from "./target-name";

/** One line of the log with what was before and after. */
export function AuditDetail({ line, onClose }: { readonly line: AuditLine; readonly onClose: () => void }) {
  const { clusters } = useScopeOptions();
  const fields = changedFields(line.detail, (value) => scopeWords(value, clusters));
  return (
    <SidePanel
      width={504}
      label="Line of the audit log"
      title={
        <>
          {actionWords(line.action)} <span className="font-mono">{targetName(line.target)}</span>
        </>
      }
      subtitle={absoluteTime(line.at)}
      onClose={onClose}
    >
      <PanelSection>
        <Facts
          facts={[
            ["Who", `${line.actor.name || "nobody named"} (${line.actor.kind})`],
            ["Action", <code key="action">{line.action}</code>],
            ["On", `${line.target.kind} ${line.target.name}`],
            [
              "Its id",
              <code key="id" className="break-all">
                {line.target.id}
              </code>,
            ],
            ["From", <code key="ip">{line.ip || "not told"}</code>],
            ...(line.detail.note === undefined ? [] : [["Why", line.detail.note] as const]),
          ]}
        />
      </PanelSection>
      {fields.length === 0 ? null : (
        <PanelSection title="What changed">
          <div className="flex flex-col gap-3">
            {fields.map((field) => (
              <Changed key={field.field} field={field} />
            ))}
          </div>
        </PanelSection>
      )}
    </SidePanel>
  );
}

function Changed({ field }: { readonly field: ChangedField }) {
  return (
    <div className="text-table">
      <p className="mb-1 font-medium">{field.field}</p>
      {field.before === undefined ? null : <Side mark="−" says="before" text={field.before} />}
      {field.after === undefined ? null : <Side mark="+" says="after" text={field.after} />}
    </div>
  );
}

const Side = ({ mark, says, text }: { readonly mark: string; readonly says: string; readonly text: string }) => (
  <div className="flex gap-2 border border-line bg-bg px-2 py-1 first-of-type:rounded-t-md last-of-type:rounded-b-md">
    <span aria-label={says} className="w-3 shrink-0 text-muted">
      {mark}
    </span>
    <pre className="min-w-0 flex-1 overflow-x-auto font-mono break-words whitespace-pre-wrap">
      {text === "" ? "nothing" : text}
    </pre>
  </div>
);
