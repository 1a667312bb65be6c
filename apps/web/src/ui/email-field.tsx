"use client";

import { useState } from "react";
import { isEmail } from "./email";
import { Field } from "./field";

export interface EmailFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** An address of somebody else; that it is none is said once the field is left. */
export function EmailField({ label, value, onChange }: EmailFieldProps) {
  const [left, setLeft] = useState(false);
  const wrong = left && value.trim() !== "" && !isEmail(value);
  return (
    <Field
      label={label}
      type="email"
      autoComplete="off"
      value={value}
      error={wrong ? "This is not an e-mail address." : undefined}
      onBlur={() => setLeft(true)}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
