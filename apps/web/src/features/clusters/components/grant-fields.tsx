"use client";

import { Checkbox, Field, PanelSection, TextArea } from "../../../ui";
import { BuildImage } from "./build-image";
import type { ConnectDefaults } from "./connect-panel";

/** What a person types of a grant and of the agent that will show it. */
export interface GrantDraft {
  readonly hours: string;
  readonly redemptions: string;
  readonly approval: boolean;
  readonly image: string;
  readonly goldmaneAddress: string;
  readonly caPem: string;
}

export const emptyGrantDraft: GrantDraft = {
  hours: "24",
  redemptions: "1",
  approval: false,
  image: "",
  goldmaneAddress: "",
  caPem: "",
};

const within = (text: string, least: number, most: number): boolean =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;

/** What is wrong with the terms of a grant. */
export const grantProblems = ({ hours, redemptions }: GrantDraft, mostRedemptions: number) => ({
  hours: within(hours, 1, 720) ? undefined : "1 to 720 hours",
  redemptions: within(redemptions, 1, mostRedemptions) ? undefined : `1 to ${mostRedemptions}`,
});

/** A grant as the API takes it. */
export const grantInputOf = ({ hours, redemptions, approval, image, goldmaneAddress, caPem }: GrantDraft) => ({
  options: {
    ...(image ? { image } : {}),
    ...(goldmaneAddress ? { goldmaneAddress } : {}),
    ...(caPem ? { caPem } : {}),
  },
  grant: { hours: Number(hours), redemptions: Number(redemptions), approval },
});

/** Why no grant can be made now, whatever is typed. */
export function barredBy(
  { image, gatewayUrls, pinnedKeys }: ConnectDefaults,
  draft: Pick<GrantDraft, "image">,
): string | undefined {
  if (gatewayUrls.length === 0)
    return "No address of a gateway is set that clusters can dial. Set ISTHMUS_GATEWAY_PUBLIC_URLS and start the web app again.";
  if (pinnedKeys.length === 0)
    return "No gateway has started yet, so there is no key that the agent could know it by. Start a gateway.";
  return image === null && draft.image === "" ? "Name the image of the agent, above." : undefined;
}

interface TermFieldsProps {
  readonly draft: GrantDraft;
  readonly problems: ReturnType<typeof grantProblems>;
  readonly onChange: (terms: Partial<GrantDraft>) => void;
}

/** How long, how often, and whether a person has to approve. */
export function TermFields({ draft, problems, onChange }: TermFieldsProps) {
  return (
    <PanelSection title="Grant">
      <div className="mb-3 grid grid-cols-2 gap-3">
        <Field
          label="Good for, hours"
          inputMode="numeric"
          value={draft.hours}
          error={problems.hours}
          onChange={(event) => onChange({ hours: event.target.value })}
        />
        <Field
          label="Redemptions"
          inputMode="numeric"
          value={draft.redemptions}
          error={problems.redemptions}
          onChange={(event) => onChange({ redemptions: event.target.value })}
        />
      </div>
      <Checkbox
        label="A person approves each redemption"
        hint="The agent waits, and enters by itself once it is approved under Enrolment."
        checked={draft.approval}
        onChange={(approval) => onChange({ approval })}
      />
    </PanelSection>
  );
}

interface AgentFieldsProps {
  readonly draft: GrantDraft;
  readonly defaults: ConnectDefaults;
  readonly onChange: (agent: Partial<GrantDraft>) => void;
}

/** What the agent is started with. */
export function AgentFields({ draft, defaults, onChange }: AgentFieldsProps) {
  return (
    <PanelSection title="Agent">
      <div className="flex flex-col gap-3">
        {defaults.image === null ? <BuildImage /> : null}
        <Field
          label="Image"
          mono
          placeholder={defaults.image ?? "registry.example.org/isthmus-agent:0.1.0"}
          value={draft.image}
          onChange={(event) => onChange({ image: event.target.value.trim() })}
        />
        <Field
          label="Goldmane"
          mono
          placeholder={defaults.goldmaneAddress}
          value={draft.goldmaneAddress}
          onChange={(event) => onChange({ goldmaneAddress: event.target.value.trim() })}
        />
        <TextArea
          label="Authority of the gateway's certificate, PEM"
          mono
          rows={2}
          hint="Only where it is your own; else the system's are used."
          value={draft.caPem}
          onChange={(event) => onChange({ caPem: event.target.value })}
        />
        <p className="text-table text-muted">
          Runs in the namespace <code>{defaults.namespace}</code> and dials{" "}
          <code className="break-all">{defaults.gatewayUrls.join(", ") || "(no gateway is set)"}</code>.
        </p>
      </div>
    </PanelSection>
  );
}
