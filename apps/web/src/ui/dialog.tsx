"use client";

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useRef, type ReactNode } from "react";
import { IconButton } from "./button";

export interface DialogProps {
  readonly open: boolean;
  /** Left out where a button of the foot alone closes it, as with what is shown only once. */
  readonly onOpenChange?: (open: boolean) => void;
  readonly title: string;
  /** What the act reaches, said before it is done. */
  readonly description?: ReactNode;
  readonly children?: ReactNode;
  /** The buttons, the act last. */
  readonly footer?: ReactNode;
  readonly width?: number;
}

/**
 * The first thing to fill in has the focus, else the first button of the foot, else the dialog itself; never the button
 * that closes, whose name would open as a tip and take the first Escape.
 */
function focusFirstField(event: Event) {
  const box = event.target;
  const first =
    box instanceof HTMLElement
      ? (box.querySelector<HTMLElement>(
          "[data-body] :is(input, select, textarea):not([type=hidden]):not([hidden]):not(:disabled)",
        ) ??
        box.querySelector<HTMLElement>("footer button") ??
        box)
      : null;
  if (first === null) return;
  event.preventDefault();
  first.focus();
}

/** Dialogs here have no trigger that their library knows of: what had the focus gets it back, or else the page. */
function giveBackFocus(opener: Element | null) {
  const here = opener?.isConnected === true && opener !== document.body ? opener : document.querySelector("#page");
  if (here instanceof HTMLElement) here.focus();
}

/** A question that must be answered before going on. */
export function Dialog({ open, onOpenChange, title, description, children, footer, width = 480 }: DialogProps) {
  const opener = useRef<Element>(null);
  return (
    <Radix.Root open={open} onOpenChange={(next) => onOpenChange?.(next)}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-shade" />
        <Radix.Content
          onOpenAutoFocus={(event) => {
            opener.current = document.activeElement;
            focusFirstField(event);
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            giveBackFocus(opener.current);
          }}
          className="float-in fixed top-[12vh] left-1/2 z-50 flex max-h-[76vh] w-[calc(100vw-32px)] -translate-x-1/2 flex-col rounded-md bg-surface shadow-float outline-none"
          style={{ maxWidth: width }}
        >
          <header className="flex items-start gap-2 px-4 pt-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-work font-semibold">{title}</Radix.Title>
              {description === undefined ? (
                <Radix.Description className="sr-only">{title}</Radix.Description>
              ) : (
                <Radix.Description asChild>
                  <div className="mt-1 text-work text-muted">{description}</div>
                </Radix.Description>
              )}
            </div>
            {onOpenChange === undefined ? null : (
              <Radix.Close asChild>
                <IconButton label="Close">
                  <X size={16} />
                </IconButton>
              </Radix.Close>
            )}
          </header>
          <div data-body className="min-h-0 flex-1 overflow-auto px-4 py-3">
            {children}
          </div>
          {footer === undefined ? null : (
            <footer className="flex justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
