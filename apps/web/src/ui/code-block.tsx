"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { cx } from "./cx";

export interface CopyButtonProps {
  readonly text: string;
  readonly label?: string;
  readonly className?: string;
}

/** Copies `text`; says so in place for two seconds. */
export function CopyButton({ text, label = "Copy", className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => setCopied(false),
        )
      }
      className={cx(
        "inline-flex h-6 items-center gap-1 rounded-sm border border-line bg-surface px-1.5 text-table hover:bg-wash",
        className,
      )}
    >
      {copied ? <Check size={12} aria-hidden /> : <Copy size={12} aria-hidden />}
      <span aria-live="polite">{copied ? "Copied" : label}</span>
    </button>
  );
}

export interface CodeBlockProps {
  readonly code: string;
  readonly label: string;
  /** Height in px from which the block scrolls. */
  readonly maxHeight?: number;
}

/** Text to run or to read exactly as it is, with a button that copies it. */
export function CodeBlock({ code, label, maxHeight = 320 }: CodeBlockProps) {
  return (
    <div className="flex items-start rounded-md border border-line bg-bg">
      <pre
        aria-label={label}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="min-w-0 flex-1 overflow-auto py-2 pl-3 font-mono text-table leading-5"
        style={{ maxHeight }}
      >
        {code}
      </pre>
      <CopyButton text={code} className="m-1.5 shrink-0" />
    </div>
  );
}
