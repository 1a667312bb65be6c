"use client";

import { useState, type FormEvent, type ReactNode } from "react";
import { Button, Dialog, Field, FormProblem } from "../../../ui";
import type { Connections } from "./use-connections";

/** What the person gave. */
export interface Proof {
  readonly password?: string;
  readonly code?: string;
}

export interface ProofDialogProps {
  readonly asks: Connections["asks"];
  /** Where the person signs in again, where they have no password. */
  readonly signInAgain: string | undefined;
  readonly title: string;
  readonly description: ReactNode;
  readonly act: string;
  readonly look: "primary" | "danger";
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onProof: (proof: Proof) => void;
  readonly onClose: () => void;
}

/** Asks before a change of how the account is opened, and for the password, a code or a fresh sign-in first. */
export function ProofDialog(props: ProofDialogProps) {
  const { asks, signInAgain, title, description, act, look, busy, problem, onProof, onClose } = props;
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const withPassword = asks === "password" || asks === "password-and-code";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onProof({ ...(withPassword ? { password } : {}), ...(asks === "password-and-code" ? { code: code.trim() } : {}) });
  };
  return (
    <Dialog open onOpenChange={onClose} title={title} description={description}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        {withPassword ? (
          <Field
            label="Your password"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        ) : null}
        {asks === "password-and-code" ? (
          <Field
            label="A code from your app, or a recovery code"
            autoComplete="one-time-code"
            spellCheck={false}
            mono
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        ) : null}
        {asks === "sign-in" ? (
          <p>Your sign-in was more than ten minutes ago. Sign in again first, then come back here.</p>
        ) : null}
        <FormProblem message={problem} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          {asks === "sign-in" ? (
            <Button look="primary" onClick={() => window.location.assign(signInAgain ?? "/sign-in")}>
              Sign in again
            </Button>
          ) : (
            <Button
              type="submit"
              look={look}
              busy={busy}
              disabled={(withPassword && password === "") || (asks === "password-and-code" && code.trim().length < 6)}
            >
              {act}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
