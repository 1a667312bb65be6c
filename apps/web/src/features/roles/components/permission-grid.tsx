"use client";

import { permissionSpecs, type Permission } from "@isthmus/access";
import { Check } from "lucide-react";
import { cx } from "../../../ui";
import { permissionGroups } from "../model/permission-groups";

export interface PermissionGridProps {
  readonly held: readonly Permission[];
  readonly shown: readonly Permission[];
  /** Without it the grid is for reading. */
  readonly onToggle?: (permission: Permission) => void;
}

/** What a role may do, by noun, in plain words. */
export function PermissionGrid({ held, shown, onToggle }: PermissionGridProps) {
  return (
    <div className="flex flex-col">
      {permissionGroups(shown).map((group) => (
        <section key={group.noun} className="border-b border-line py-2 first:pt-0 last:border-b-0">
          <div className="mb-1 flex items-baseline justify-between gap-2">
            <h4 className="font-semibold">{group.title}</h4>
            <span className="text-axis text-muted">{group.limits}</span>
          </div>
          <ul className="flex flex-col gap-1">
            {group.permissions.map((permission) => (
              <li key={permission}>
                {onToggle === undefined ? (
                  <Said permission={permission} held={held.includes(permission)} />
                ) : (
                  <Tick
                    permission={permission}
                    held={held.includes(permission)}
                    onToggle={() => onToggle(permission)}
                  />
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Words({ permission, dim }: { readonly permission: Permission; readonly dim: boolean }) {
  const { title, description } = permissionSpecs[permission];
  return (
    <span className="min-w-0 flex-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className={cx(dim && "text-muted")}>{title}</span>
        <code className="truncate font-mono text-axis text-muted">{permission}</code>
      </span>
      <span className="block text-table text-muted">{description}</span>
    </span>
  );
}

const Said = ({ permission, held }: { readonly permission: Permission; readonly held: boolean }) => (
  <span className="flex items-start gap-2">
    <span className="mt-0.75 grid size-3.5 shrink-0 place-items-center">
      {held ? <Check size={14} aria-hidden /> : <span aria-hidden className="h-px w-2 bg-muted" />}
      <span className="sr-only">{held ? "granted:" : "not granted:"}</span>
    </span>
    <Words permission={permission} dim={!held} />
  </span>
);

const Tick = ({
  permission,
  held,
  onToggle,
}: {
  readonly permission: Permission;
  readonly held: boolean;
  readonly onToggle: () => void;
}) => (
  <label className="flex items-start gap-2 rounded-sm hover:bg-wash">
    <input type="checkbox" checked={held} onChange={onToggle} className="mt-0.75 size-3.5 shrink-0 accent-(--accent)" />
    <Words permission={permission} dim={false} />
  </label>
);
