import type { ScopeError } from "./scope";
import { unreachable } from "@isthmus/std";

/** Something stored that grants nothing because it does not mean anything (any more). */
export interface AccessProblem {
  readonly code:
    | "role-unknown"
    | "permission-unknown"
    | "permission-reserved"
    | "scope-empty"
    | "selector-blank"
    | "selector-unreadable";
  /** For people. */
  readonly message: string;
  readonly bindingId?: string;
  readonly roleId?: string;
}

/** Why a scope reaches nothing, in words. */
export function scopeErrorText(error: ScopeError): string {
  switch (error.code) {
    case "selector-blank":
      return "its selector of clusters is blank; every cluster is written all()";
    case "selector-unreadable":
      return `its selector of clusters cannot be read: ${error.diagnostics[0]?.message ?? "it is no selector"}`;
    case "scope-empty":
      return `its scope names no ${error.dimension}`;
    default:
      return unreachable(error);
  }
}
