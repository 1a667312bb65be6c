"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ConfirmDialog, ErrorState, LoadingState, Notice, RelativeTime, StatusMark } from "../../../ui";
import { useSetParams } from "../../frame";
import { connectionProblemSentence } from "../model/connection-problem";
import { ProofDialog } from "./proof-dialog";
import type { Connection, Connections } from "./use-connections";

const confinedHere =
  "You signed in with this organisation's own provider, which is good here alone and changes nothing of your account. Sign in with your password, or a provider for all, to connect another.";

interface Asking {
  readonly what: "connect" | "disconnect";
  readonly provider: Connection;
}

/** The providers that open the account: which are connected and as whom, and connecting and disconnecting them. */
export function ConnectionsPart() {
  const trpc = useTRPC();
  const params = useSearchParams();
  const found = useQuery(trpc.account.connections.queryOptions());
  const [asking, setAsking] = useState<Asking>();
  const problem = connectionProblemSentence(params.get("connection"));
  if (found.error !== null) {
    return (
      <ErrorState
        title="The providers cannot be shown"
        message={wireErrorOf(found.error).message}
        onRetry={() => void found.refetch()}
      />
    );
  }
  if (found.data === undefined) return <LoadingState />;
  const { providers, confined, passwordSetByLinkAt } = found.data;
  const offered = params.get("connect");
  return (
    <div className="flex flex-col">
      {problem === undefined ? null : (
        <div role="alert" className="p-4 pb-0">
          <Notice look="problem">{problem}</Notice>
        </div>
      )}
      {confined ? <p className="px-4 pt-4 text-muted">{confinedHere}</p> : null}
      {passwordSetByLinkAt === null ? null : (
        <p className="px-4 pt-4">
          Your password was set by a link <RelativeTime at={passwordSetByLinkAt} />. If that was not you, disconnect
          what was connected since, and tell an owner: the audit log says who made the link.
        </p>
      )}
      {providers.length === 0 ? (
        <p className="p-4 text-muted">No provider is set up here. People sign in with a password.</p>
      ) : (
        <ul aria-label="Providers" className="divide-y divide-line">
          {providers.map((provider) => (
            <Row
              key={provider.id}
              provider={provider}
              confined={confined}
              onAsk={(what) => setAsking({ what, provider })}
            />
          ))}
        </ul>
      )}
      {asking === undefined ? null : (
        <Change {...asking} connections={found.data} onClose={() => setAsking(undefined)} />
      )}
      {offered === null ? null : <Offer key={offered} token={offered} />}
    </div>
  );
}

interface RowProps {
  readonly provider: Connection;
  readonly confined: boolean;
  readonly onAsk: (what: Asking["what"]) => void;
}

function Row({ provider, confined, onAsk }: RowProps) {
  const { name, forAll, enabled, connectedAs, connectedAt, lastSeenAt } = provider;
  const connected = connectedAs.length > 0;
  const barred = confined ? confinedHere : undefined;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
      <div className="min-w-60 flex-1">
        <p>
          <span className="font-semibold">{name}</span>{" "}
          <span className="text-muted">{forAll ? "for all organisations" : "of this organisation"}</span>
        </p>
        {connected ? (
          <p className="text-table">
            <StatusMark status={enabled ? "good" : "locked"}>
              {enabled ? "Connected" : "Connected, and switched off"}
            </StatusMark>{" "}
            as <span className="font-mono break-all">{connectedAs.join(", ")}</span>
            {connectedAt === null ? null : (
              <span className="text-muted">
                , since <RelativeTime at={connectedAt} />
              </span>
            )}
            {lastSeenAt === null ? null : (
              <span className="text-muted">
                , last seen <RelativeTime at={lastSeenAt} />
              </span>
            )}
          </p>
        ) : (
          <p className="text-table text-muted">Not connected</p>
        )}
      </div>
      <Button
        barred={barred}
        aria-label={`${connected ? "Disconnect" : "Connect"} ${name}`}
        onClick={() => onAsk(connected ? "disconnect" : "connect")}
      >
        {connected ? "Disconnect" : "Connect"}
      </Button>
    </li>
  );
}

interface ChangeProps extends Asking {
  readonly connections: Connections;
  readonly onClose: () => void;
}

/** Asks for a fresh proof, then goes to the provider, or disconnects it. */
function Change({ what, provider, connections, onClose }: ChangeProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { id, name, connectedAs } = provider;
  const connect = useMutation(
    trpc.account.connect.mutationOptions({ onSuccess: ({ url }) => window.location.assign(url) }),
  );
  const disconnect = useMutation(
    trpc.account.disconnect.mutationOptions({
      onSuccess: () => {
        onClose();
        void queries.invalidateQueries(trpc.account.pathFilter());
        void queries.invalidateQueries(trpc.signIn.pathFilter());
      },
    }),
  );
  const again = connections.signedInWith;
  const mutation = what === "connect" ? connect : disconnect;
  return (
    <ProofDialog
      asks={connections.asks}
      signInAgain={again === null ? undefined : `/sign-in/oidc/${again}?next=${encodeURIComponent("/settings")}`}
      title={what === "connect" ? `Connect ${name}` : `Disconnect ${name}?`}
      description={
        what === "connect"
          ? "You sign in there and come back here; then you see the address that it knows you by, before anything is connected. It need not be the one of your account."
          : `${connectedAs.join(", ")} opens your account no more. Every session that began with it ends, except this one. Where ${name} vouches for the address of your account, signing in with it connects it again.`
      }
      act={what === "connect" ? `Go to ${name}` : "Disconnect"}
      look={what === "connect" ? "primary" : "danger"}
      busy={mutation.isPending || connect.isSuccess}
      problem={mutation.error === null ? undefined : wireErrorOf(mutation.error).message}
      onProof={(proof) => mutation.mutate({ id, ...proof })}
      onClose={onClose}
    />
  );
}

/** What came back from a provider, to be confirmed by its address. */
function Offer({ token }: { readonly token: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setParams = useSetParams();
  const offer = useQuery(
    trpc.account.offeredConnection.queryOptions(
      { token },
      { retry: false, staleTime: Infinity, refetchOnWindowFocus: false },
    ),
  );
  const close = () => setParams({ connect: undefined });
  const confirm = useMutation(
    trpc.account.confirmConnection.mutationOptions({
      onSuccess: () => {
        close();
        void queries.invalidateQueries({ queryKey: trpc.account.connections.queryKey() });
      },
    }),
  );
  const error = confirm.error ?? offer.error;
  if (offer.data === undefined) {
    return error === null ? null : (
      <div role="alert" className="px-4 pb-4">
        <Notice look="problem" action={<Button onClick={close}>Close</Button>}>
          {wireErrorOf(error).message}
        </Notice>
      </div>
    );
  }
  const { provider, email } = offer.data;
  return (
    <ConfirmDialog
      title={`Connect ${provider} with your account?`}
      description={
        <>
          Whoever signs in to {provider} as <b className="font-mono font-semibold break-all text-text">{email}</b> opens
          your account from then on. Is that you?
        </>
      }
      act="Yes, connect it"
      keep="No"
      look="primary"
      busy={confirm.isPending}
      problem={error === null ? undefined : wireErrorOf(error).message}
      onConfirm={() => confirm.mutate({ token })}
      onClose={close}
    />
  );
}
