"use client";

import { Field } from "../../../ui";
import { passwordProblem } from "../model/password-rules";

export interface NewPassword {
  readonly next: string;
  readonly again: string;
}

export interface NewPasswordFieldsProps {
  readonly value: NewPassword;
  readonly onChange: (value: NewPassword) => void;
  readonly email?: string;
}

/** A new password, twice; what is wrong is said once there is something to judge. */
export function NewPasswordFields({ value, onChange, email = "" }: NewPasswordFieldsProps) {
  const first = passwordProblem({ next: value.next, email });
  const second = value.again === "" ? undefined : passwordProblem({ ...value, email });
  return (
    <>
      <input type="text" autoComplete="username" value={email} readOnly hidden />
      <Field
        label="New password"
        type="password"
        name="new-password"
        autoComplete="new-password"
        required
        value={value.next}
        hint={value.next === "" || first === undefined ? "At least 12 characters. Length is what helps." : first}
        onChange={(event) => onChange({ ...value, next: event.target.value })}
      />
      <Field
        label="The same again"
        type="password"
        name="new-password-again"
        autoComplete="new-password"
        required
        value={value.again}
        error={first === undefined ? second : undefined}
        onChange={(event) => onChange({ ...value, again: event.target.value })}
      />
    </>
  );
}
