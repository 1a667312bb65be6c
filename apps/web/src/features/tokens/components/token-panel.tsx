"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ConfirmDialog, Facts, PanelSection, RelativeTime, SidePanel, useNow } from "../../../ui";
import { useBarred } from "../../frame";
import { ScopeText } from "../../roles";
import { isUsable, tokenState } from "../model/token-state";
import { TokenMark } from "./token-mark";
import type { Token } from "./use-tokens";

/** One token: what it may do, until when, when it was used, and the way to end it. */
export function TokenPanel({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) {
  const now = useNow();
  const state = tokenState(token, now);
  const barredForOthers = useBarred("tokens.manage");
  const [revoking, setRevoking] = useState(false);
  return (
    <SidePanel
      width={400}
      label={`API token ${token.name}`}
      title={token.name}
      subtitle={<TokenMark state={state} />}
      onClose={onClose}
      footer={
        isUsable(state) ? (
          <Button look="danger" barred={token.own ? undefined : barredForOthers} onClick={() => setRevoking(true)}>
            Revoke
          </Button>
        ) : undefined
      }
    >
      <PanelSection>
        <Facts
          facts={[
            ["Speaks for", token.personName],
            ["Role", token.roleName],
            ["Where", <ScopeText key="scope" scope={token.scope} />],
            ["Made", <RelativeTime key="made" at={token.createdAt} />],
            ["Ends", <RelativeTime key="ends" at={token.expiresAt} />],
            ...(token.revokedAt === null
              ? []
              : [["Revoked", <RelativeTime key="revoked" at={token.revokedAt} />] as const]),
            ["Last used", token.lastUsedAt === null ? "never" : <RelativeTime key="used" at={token.lastUsedAt} />],
            ...(token.lastUsedIp === "" ? [] : [["From", <code key="ip">{token.lastUsedIp}</code>] as const]),
          ]}
        />
      </PanelSection>
      {revoking ? <Revoke token={token} onClose={() => setRevoking(false)} /> : null}
    </SidePanel>
  );
}

function Revoke({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const revoke = useMutation(
    trpc.tokens.revoke.mutationOptions({
      onSuccess: () => (onClose(), queries.invalidateQueries(trpc.tokens.pathFilter())),
    }),
  );
  return (
    <ConfirmDialog
      title={`Revoke ${token.name}?`}
      description={
        token.lastUsedAt === null
          ? "It was never used. It is worth nothing from then on; this cannot be undone."
          : "What uses it is refused from then on; this cannot be undone. Make another token first if it must go on."
      }
      act="Revoke the token"
      busy={revoke.isPending}
      problem={revoke.error === null ? undefined : wireErrorOf(revoke.error).message}
      onConfirm={() => revoke.mutate({ id: token.id })}
      onClose={onClose}
    />
  );
}
