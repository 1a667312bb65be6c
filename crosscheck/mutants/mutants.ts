import { ENGINE_POLICIES } from "./engine-policies";
import { ENGINE_RULES } from "./engine-rules";
import { SANDBOX_POLICIES } from "./sandbox-policies";
import { SANDBOX_RULES } from "./sandbox-rules";

/** Mutants of the policy engine, one a clause at least. */
export const ENGINE_MUTANTS = [...ENGINE_RULES, ...ENGINE_POLICIES];

/** Mutants of the sandbox's dataplane, one a clause at least. */
export const SANDBOX_MUTANTS = [...SANDBOX_RULES, ...SANDBOX_POLICIES];
