"use client";

import { describeScope, type BindingScope } from "@isthmus/access";
import { Badge, Marked } from "../../../ui";
import { isEverything } from "../model/is-everything";
import { useScopeOptions } from "./use-scope-options";

/** A scope in words, with clusters by their names. */
export function ScopeText({ scope }: { readonly scope: BindingScope }) {
  const { clusters } = useScopeOptions();
  const words = describeScope(scope, clusters);
  return (
    <span title={words.replaceAll("`", "")}>
      <Marked text={words} />
    </span>
  );
}

/** A role as a chip, with its scope where it has limits. */
export function RoleChip({ role, scope }: { readonly role: string; readonly scope: BindingScope }) {
  return (
    <Badge className="min-w-0">
      <span className="shrink-0">{role}</span>
      {isEverything(scope) ? null : (
        <span className="truncate text-muted">
          <ScopeText scope={scope} />
        </span>
      )}
    </Badge>
  );
}
