"use client";

import { useState, type ReactNode } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { FormProblem } from "./notice";

export interface ConfirmDialogProps {
  readonly title: string;
  /** What the act reaches. */
  readonly description: ReactNode;
  /** The words on the button that does it. */
  readonly act: string;
  readonly keep?: string;
  readonly look?: "primary" | "danger";
  readonly busy: boolean;
  /** Why it failed, when it did. */
  readonly problem?: string | undefined;
  /** To be typed first, for what cannot be undone. */
  readonly typed?: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** Asks before an act, saying its reach; what cannot be undone asks for a name. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, description, act, keep = "Cancel", look = "danger", busy, problem, typed, onConfirm, onClose } = props;
  const [text, setText] = useState("");
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>{keep}</Button>
          <Button look={look} busy={busy} disabled={typed !== undefined && text !== typed} onClick={onConfirm}>
            {act}
          </Button>
        </>
      }
    >
      {props.children}
      {typed === undefined ? null : (
        <Field
          label={`Type ${typed} to confirm`}
          mono
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <FormProblem message={problem} />
    </Dialog>
  );
}
