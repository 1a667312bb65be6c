"use client";

import { useState, type FormEvent } from "react";
import { Button, Field, FormProblem } from "../../../ui";
import { cleanRecoveryCode, codeDigits, isWholeCode, type SecondFactorKind } from "../model/code-input";

export interface SecondFactorFormProps {
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onCode: (code: string) => void;
  readonly onBack: () => void;
}

/** Asks for the code of the person's app, or one of their recovery codes. */
export function SecondFactorForm({ busy, problem, onCode, onBack }: SecondFactorFormProps) {
  const [kind, setKind] = useState<SecondFactorKind>("totp");
  const [text, setText] = useState("");
  const whole = kind === "totp" ? isWholeCode(text) : cleanRecoveryCode(text).length >= 8;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (whole && !busy) onCode(kind === "totp" ? codeDigits(text) : cleanRecoveryCode(text));
  };
  const turn = () => {
    setKind(kind === "totp" ? "recovery" : "totp");
    setText("");
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      {kind === "totp" ? (
        <Field
          key="totp"
          label="Code from your authenticator app"
          name="one-time-code"
          inputMode="numeric"
          autoComplete="one-time-code"
          mono
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the step has one field
          autoFocus
          value={text}
          hint="Six digits. They change every 30 seconds."
          onChange={(event) => setText(codeDigits(event.target.value))}
        />
      ) : (
        <Field
          key="recovery"
          label="Recovery code"
          name="recovery-code"
          autoComplete="off"
          spellCheck={false}
          mono
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the step has one field
          autoFocus
          value={text}
          hint="Each works once. You got them when you set up the second factor."
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <FormProblem message={problem} />
      <Button type="submit" look="primary" busy={busy} disabled={!whole} className="h-8">
        Sign in
      </Button>
      <div className="flex justify-between text-table">
        <button type="button" className="text-accent hover:underline" onClick={turn}>
          {kind === "totp" ? "Use a recovery code" : "Use the app"}
        </button>
        <button type="button" className="text-accent hover:underline" onClick={onBack}>
          Start again
        </button>
      </div>
    </form>
  );
}
