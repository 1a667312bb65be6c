"use client";

import { Download } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "./code-block";

export interface OnceShownProps {
  /** Names the secret for those who cannot see it. */
  readonly label: string;
  readonly text: string;
  /** Says that it is not shown again, and what to do where it is lost. */
  readonly children: ReactNode;
  /** Name of a file to keep it in; without it there is only Copy. */
  readonly fileName?: string;
}

/** A secret that is shown this once: it stays until the person closes it. */
export function OnceShown({ label, text, children, fileName }: OnceShownProps) {
  return (
    <div className="flex flex-col gap-2">
      <pre
        aria-label={label}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-56 overflow-auto rounded-md border border-line-strong bg-bg px-3 py-2 font-mono text-table leading-5 break-all whitespace-pre-wrap"
      >
        {text}
      </pre>
      <div className="flex flex-wrap items-center gap-2">
        <CopyButton text={text} />
        {fileName === undefined ? null : (
          <a
            href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
            download={fileName}
            className="inline-flex h-6 items-center gap-1 rounded-sm border border-line bg-surface px-1.5 text-table text-text hover:bg-wash"
          >
            <Download size={12} aria-hidden />
            Download
          </a>
        )}
      </div>
      <p className="text-table text-muted">{children}</p>
    </div>
  );
}
