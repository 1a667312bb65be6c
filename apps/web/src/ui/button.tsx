import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "./cx";
import { Spinner } from "./progress";
import { Tooltip } from "./tooltip";

const looks = {
  plain: "border-line-strong bg-surface text-text hover:bg-wash",
  primary: "border-accent bg-accent text-on-accent hover:brightness-110",
  danger: "border-deny bg-surface text-deny hover:bg-wash-deny",
  quiet: "border-transparent bg-transparent text-text hover:bg-wash",
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof looks;
  /** Shows a spinner and refuses clicks while the act is under way. */
  readonly busy?: boolean;
  readonly icon?: ReactNode;
  /** Why the person may not do it. The button keeps its place in the order of focus, so that the reason can be read. */
  readonly barred?: string | undefined;
  readonly ref?: Ref<HTMLButtonElement>;
}

const shape =
  "inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md border px-3 text-work font-medium whitespace-nowrap transition-colors duration-150";
const dashed = "border-dashed border-line bg-transparent text-muted";

/** A button of 28 px. A barred act stays visible: disabled is drawn dashed, and its reason belongs beside it. */
export function Button(props: ButtonProps) {
  const { look = "plain", busy = false, icon, children, className, disabled, barred, ...rest } = props;
  if (barred !== undefined) {
    return (
      <Tooltip content={barred} side="bottom">
        <button type="button" aria-disabled className={cx(shape, dashed, "cursor-default")}>
          {icon}
          {children}
          <span className="sr-only">. {barred}</span>
        </button>
      </Tooltip>
    );
  }
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={cx(
        shape,
        looks[look],
        "disabled:border-line disabled:border-dashed disabled:bg-transparent disabled:text-muted disabled:hover:brightness-100",
        className,
      )}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What the button does, for those who cannot see the icon and as its tooltip. */
  readonly label: string;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A square button of 28 px with an icon alone; what it does is shown when it is pointed at or has the focus. */
export function IconButton({ label, children, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip content={label} side="bottom">
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={cx(
          "inline-grid size-7 shrink-0 place-items-center rounded-md text-muted transition-colors duration-150 hover:bg-wash hover:text-text disabled:opacity-50",
          className,
        )}
      >
        {children}
      </button>
    </Tooltip>
  );
}
