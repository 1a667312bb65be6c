"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Dialog, EmailField, isEmail, FormProblem, Notice } from "../../../ui";
import { PasswordLinkShown } from "../../members";

/** For somebody who is locked out and whose account belongs to several organisations: none of them may open it alone. */
export function HelpInDialog({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const [email, setEmail] = useState("");
  const factor = useMutation(trpc.organisations.takeSecondFactor.mutationOptions());
  const link = useMutation(trpc.organisations.passwordLink.mutationOptions());
  if (link.isSuccess) return <PasswordLinkShown email={email.trim()} made={link.data} onClose={onClose} />;
  const error = factor.error ?? link.error;
  const busy = factor.isPending || link.isPending;
  const incomplete = !isEmail(email);
  const begin = () => {
    factor.reset();
    link.reset();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title="Help somebody back in"
      description="For an account that belongs to several organisations, of which none may open it for the others. Be sure that it is its owner who asks. It is written into the audit log of each of their organisations, and they are told at their next sign-in."
      footer={
        <>
          <Button onClick={onClose}>{factor.isSuccess ? "Close" : "Cancel"}</Button>
          <Button
            look="danger"
            busy={factor.isPending}
            disabled={incomplete || busy}
            onClick={() => (begin(), factor.mutate({ email: email.trim() }))}
          >
            Take the second factor away
          </Button>
          <Button
            look="primary"
            busy={link.isPending}
            disabled={incomplete || busy}
            onClick={() => (begin(), link.mutate({ email: email.trim() }))}
          >
            Link for a new password
          </Button>
        </>
      }
    >
      <EmailField label="E-mail of the account" value={email} onChange={(value) => (begin(), setEmail(value))} />
      {factor.isSuccess ? (
        <output className="mt-3 block">
          <Notice>The second factor of {email.trim()} is taken away, and every session of theirs has ended.</Notice>
        </output>
      ) : null}
      <FormProblem message={error === null ? undefined : wireErrorOf(error).message} />
    </Dialog>
  );
}
