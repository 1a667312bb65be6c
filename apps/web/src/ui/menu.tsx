"use client";

import { Check, ChevronDown } from "lucide-react";
import { DropdownMenu, Popover as RadixPopover } from "radix-ui";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "./cx";

/** What floats: one shadow, one surface. */
export const floating = "float-in z-50 rounded-md bg-surface p-1 text-work shadow-float";

const item =
  "flex min-h-7 cursor-default items-center gap-2 rounded-sm px-2 text-work outline-none select-none data-highlighted:bg-wash-accent data-disabled:text-muted";

export interface ControlButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly label?: string;
  readonly caret?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** The bordered control of the top bar and of filter bars: a muted label, its value, a caret. */
export function ControlButton({ label, caret = true, children, className, ...rest }: ControlButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={cx(
        "inline-flex h-7 max-w-full shrink-0 items-center gap-1.5 rounded-md border border-line bg-surface px-2 text-work whitespace-nowrap transition-colors duration-150 hover:bg-wash data-[state=open]:border-accent data-[state=open]:bg-wash-accent aria-pressed:border-line",
        className,
      )}
    >
      {label === undefined ? null : <span className="text-muted max-lg:sr-only">{label}</span>}
      {children}
      {caret ? <ChevronDown size={12} className="shrink-0 text-muted" aria-hidden /> : null}
    </button>
  );
}

export interface MenuProps {
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly align?: "start" | "end";
  readonly width?: number;
}

/** A list of acts or choices that opens under its trigger. */
export function Menu({ trigger, children, align = "start", width }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={cx(floating, "max-h-[70vh] min-w-44 overflow-auto")}
          style={{ width }}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface MenuItemProps {
  readonly onSelect: () => void;
  readonly children: ReactNode;
  readonly icon?: ReactNode;
  readonly disabled?: boolean;
  /** A key or a figure at the right. */
  readonly trail?: ReactNode;
}

/** One act of a menu. */
export function MenuItem({ onSelect, children, icon, disabled = false, trail }: MenuItemProps) {
  return (
    <DropdownMenu.Item className={item} onSelect={onSelect} disabled={disabled}>
      {icon === undefined ? null : <span className="text-muted">{icon}</span>}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {trail === undefined ? null : <span className="text-table text-muted">{trail}</span>}
    </DropdownMenu.Item>
  );
}

/** A choice that may be on or off; the menu stays open. */
export function MenuCheck({
  checked,
  onChange,
  children,
}: {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
}) {
  return (
    <DropdownMenu.CheckboxItem
      className={item}
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
    >
      <span className="grid size-4 place-items-center rounded-[3px] border border-line-strong">
        <DropdownMenu.ItemIndicator>
          <Check size={12} aria-hidden />
        </DropdownMenu.ItemIndicator>
      </span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
    </DropdownMenu.CheckboxItem>
  );
}

/** A heading inside a menu. */
export const MenuLabel = ({ children }: { readonly children: ReactNode }) => (
  <DropdownMenu.Label className="px-2 py-1 text-table font-medium text-muted">{children}</DropdownMenu.Label>
);

/** A line between groups of a menu. */
export const MenuSeparator = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />;

export interface SelectOption<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
}

export interface SelectProps<T extends string> {
  /** Says what is chosen, in muted text before the value. */
  readonly label: string;
  readonly value: T;
  readonly options: readonly SelectOption<T>[];
  readonly onChange: (value: T) => void;
}

/** One choice of several, shown as a control with a caret. */
export function Select<T extends string>({ label, value, options, onChange }: SelectProps<T>) {
  const chosen = options.find((option) => option.value === value);
  return (
    <Menu trigger={<ControlButton label={label}>{chosen?.label ?? value}</ControlButton>}>
      <DropdownMenu.RadioGroup
        value={value}
        onValueChange={(next) => {
          const option = options.find((each) => each.value === next);
          if (option !== undefined) onChange(option.value);
        }}
      >
        {options.map((option) => (
          <DropdownMenu.RadioItem key={option.value} value={option.value} className={item}>
            <span className="size-4">
              <DropdownMenu.ItemIndicator>
                <Check size={14} aria-hidden />
              </DropdownMenu.ItemIndicator>
            </span>
            <span className="min-w-0 flex-1 truncate">{option.label}</span>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </Menu>
  );
}

export interface PopoverProps {
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly align?: "start" | "end";
  readonly width?: number;
  readonly label: string;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

/** A floating panel with anything in it. */
export function Popover({ trigger, children, align = "start", width, label, open, onOpenChange }: PopoverProps) {
  return (
    <RadixPopover.Root
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange === undefined ? {} : { onOpenChange })}
    >
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className={cx(floating, "max-h-[76vh] max-w-[calc(100vw-16px)] overflow-auto")}
          style={{ width }}
        >
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}
