"use client";

import type { Permission } from "@isthmus/access";
import { useState } from "react";
import { Notice, SelectField } from "../../../ui";
import { useAccess } from "../../frame";
import { carried, grantableIn } from "../model/permission-groups";
import { openDraft, readScopeDraft, type WrittenScope } from "../model/scope-draft";
import { isEverything } from "../model/is-everything";
import { wideOnly } from "../model/wide-only";
import { ScopeFields } from "./scope-fields";
import { useRoles } from "./use-roles";
import { useScopeOptions } from "./use-scope-options";

/** A role with where it holds, as it stands in a form. */
export interface RoleChoice {
  readonly roleId: string;
  /** Undefined while something is wrong with it. */
  readonly scope: WrittenScope | undefined;
}

/** The state of a role and its scope in a form, and the fields that change it. */
export function useRoleChoice(initialRole: string): RoleChoice & { readonly fields: React.ReactNode } {
  const { kind } = useAccess();
  const [roleId, setRoleId] = useState(initialRole);
  const [draft, setDraft] = useState(openDraft);
  const roles = useRoles();
  const options = useScopeOptions();
  const { scope, problems } = readScopeDraft(draft);
  const role = roles.data?.find(({ id }) => id === roleId) ?? roles.data?.[0];
  const fields = (
    <div className="flex flex-col gap-3">
      <SelectField
        label="Role"
        value={role?.id ?? ""}
        onChange={setRoleId}
        options={(roles.data ?? []).map(({ id, name, builtIn }) => ({
          value: id,
          label: builtIn ? name : `${name} (custom)`,
        }))}
        hint={
          role === undefined
            ? undefined
            : `${carried(role.permissions.length, grantableIn(kind).length)} permissions. ${role.description}`
        }
      />
      {kind === "installation" ? null : (
        <ScopeFields
          draft={draft}
          onChange={setDraft}
          problems={problems}
          clusters={options.clusters}
          tiers={options.tiers}
        />
      )}
      {role === undefined || scope === undefined || isEverything(scope) ? null : (
        <LostToLimits permissions={role.permissions} />
      )}
    </div>
  );
  // While the roles are being read there is nothing to give yet.
  return { roleId: role?.id ?? "", scope: role === undefined ? undefined : scope, fields };
}

/** Says what a limited scope takes out of a role: what belongs to the whole organisation. */
function LostToLimits({ permissions }: { readonly permissions: readonly Permission[] }) {
  const lost = wideOnly(permissions);
  return lost.length === 0 ? null : (
    <Notice>
      With limits the role does not give what belongs to the whole organisation: {lost.join(", ").toLowerCase()}.
    </Notice>
  );
}
