"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import {
  Button,
  CopyButton,
  Dialog,
  Field,
  FormProblem,
  LinesSkeleton,
  OnceShown,
  RelativeTime,
  StatusMark,
} from "../../../ui";
import { Loaded } from "../../frame";
import { codeDigits, inGroups, isWholeCode } from "../model/code-input";
import { QrCode } from "./qr-code";

const noKey =
  "The installation has no key to keep secrets with. Whoever runs it sets ISTHMUS_SECRETS_KEY_FILE; the operator guide says how.";

type Asking = "enrol" | "renew" | "remove" | undefined;

/** The person's second factor: whether there is one, and setting it up, renewing its codes, taking it off. */
export function SecondFactor() {
  const trpc = useTRPC();
  const factor = useQuery(trpc.signIn.secondFactor.queryOptions());
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  if (factor.data === undefined) {
    return (
      <div className="px-2">
        <Loaded query={factor} what="your second factor" look="part" loading={<LinesSkeleton lines={1} />}>
          {() => null}
        </Loaded>
      </div>
    );
  }
  const { since, recoveryCodesLeft, hasPassword, available } = factor.data;
  if (!hasPassword && since === null)
    return (
      <p className="p-4 text-muted">
        You sign in with a provider and have no password here: your second factor is the one of your provider.
      </p>
    );
  return (
    <div className="flex flex-wrap items-center gap-3 p-4">
      {since === null ? (
        <>
          <p className="min-w-60 flex-1">
            Off.{" "}
            <span className="text-muted">
              {available
                ? "With it, a password alone does not open your account: a code from an app on your phone is asked for too."
                : noKey}
            </span>
          </p>
          <Button look="primary" barred={available ? undefined : noKey} onClick={() => setAsking("enrol")}>
            Set it up
          </Button>
        </>
      ) : (
        <>
          <p className="min-w-60 flex-1">
            <StatusMark status="good">On</StatusMark>{" "}
            <span className="text-muted">
              since <RelativeTime at={since} />. {recoveryCodesLeft} recovery{" "}
              {recoveryCodesLeft === 1 ? "code is" : "codes are"} left
              {recoveryCodesLeft <= 3 ? ": make new ones before they are used up." : "."}
            </span>
          </p>
          <Button onClick={() => setAsking("renew")}>New recovery codes</Button>
          <Button look="danger" onClick={() => setAsking("remove")}>
            Turn it off
          </Button>
        </>
      )}
      {asking === "enrol" ? <Enrol onClose={close} /> : null}
      {asking === "renew" || asking === "remove" ? <Confirmed what={asking} onClose={close} /> : null}
    </div>
  );
}

/** Enrolment: the password again, the picture for the app, a code back, then the recovery codes this once. */
function Enrol({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useMutation(trpc.signIn.beginSecondFactor.mutationOptions());
  const confirm = useMutation(
    trpc.signIn.confirmSecondFactor.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.signIn.pathFilter()),
    }),
  );
  if (confirm.isSuccess) return <RecoveryCodes codes={confirm.data} onClose={onClose} />;
  const problem = confirm.error ?? begin.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (begin.data === undefined) begin.mutate({ password });
    else confirm.mutate({ code: codeDigits(code) });
  };
  return (
    <Dialog open onOpenChange={onClose} title="Set up a second factor">
      <form onSubmit={submit} className="flex flex-col gap-3">
        {begin.data === undefined ? (
          <Field
            label="Your password"
            type="password"
            autoComplete="current-password"
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the step has one field
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        ) : (
          <>
            <Secret secret={begin.data.secret} uri={begin.data.uri} />
            <Field
              label="The code that the app shows"
              inputMode="numeric"
              autoComplete="one-time-code"
              mono
              // oxlint-disable-next-line jsx-a11y/no-autofocus -- the step has one field
              autoFocus
              value={code}
              hint="It is on once this code was right. Until then nothing has changed."
              onChange={(event) => setCode(codeDigits(event.target.value))}
            />
          </>
        )}
        <FormProblem message={problem === null ? undefined : wireErrorOf(problem).message} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            busy={begin.isPending || confirm.isPending}
            disabled={begin.data === undefined ? password === "" : !isWholeCode(code)}
          >
            {begin.data === undefined ? "Go on" : "Turn it on"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const Secret = ({ secret, uri }: { readonly secret: string; readonly uri: string }) => (
  <div className="flex flex-wrap items-start gap-4">
    <QrCode text={uri} label="QR code for the authenticator app" />
    <div className="flex min-w-48 flex-1 flex-col gap-2">
      <p>Scan it with an authenticator app. If it cannot scan, type this secret into it:</p>
      <p className="font-mono text-table break-words">{inGroups(secret)}</p>
      <CopyButton text={secret} className="self-start" />
      <p className="text-table text-muted">Kind: time-based. Six digits, every 30 seconds.</p>
    </div>
  </div>
);

function RecoveryCodes({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) {
  return (
    <Dialog
      open
      title="Your recovery codes"
      footer={
        <Button look="primary" onClick={onClose}>
          I have kept them
        </Button>
      }
    >
      <OnceShown label="Recovery codes" text={codes.join("\n")} fileName="isthmus-recovery-codes.txt">
        Each opens your account once in place of a code from the app: keep them where you find them without your phone.
        They are not shown again.
      </OnceShown>
    </Dialog>
  );
}

/** What needs a code or the password again: new recovery codes, or no second factor any more. */
function Confirmed({ what, onClose }: { readonly what: "renew" | "remove"; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const after = () => queries.invalidateQueries(trpc.signIn.pathFilter());
  const renew = useMutation(trpc.signIn.renewRecoveryCodes.mutationOptions({ onSuccess: after }));
  const remove = useMutation(
    trpc.signIn.disableSecondFactor.mutationOptions({ onSuccess: () => (void after(), onClose()) }),
  );
  if (renew.isSuccess) return <RecoveryCodes codes={renew.data} onClose={onClose} />;
  const error = renew.error ?? remove.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (what === "renew") renew.mutate({ code: code.trim() });
    else remove.mutate({ password, code: code.trim() });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={what === "renew" ? "Make new recovery codes?" : "Turn the second factor off?"}
      description={
        what === "renew"
          ? "Those that you have are worth nothing from then on."
          : "Your password alone opens your account then. The recovery codes are worth nothing any more."
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        {what === "renew" ? null : (
          <Field
            label="Your password"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
        <Field
          label="A code from your app, or a recovery code"
          autoComplete="one-time-code"
          spellCheck={false}
          mono
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <FormProblem message={error === null ? undefined : wireErrorOf(error).message} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look={what === "renew" ? "primary" : "danger"}
            busy={renew.isPending || remove.isPending}
            disabled={code.trim().length < 6 || (what === "remove" && password === "")}
          >
            {what === "renew" ? "Make new codes" : "Turn it off"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
