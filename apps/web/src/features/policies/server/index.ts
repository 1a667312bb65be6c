export { policiesRouter, tiersRouter } from "./router";
export { countPolicies, readPolicyStates, type PolicyCounts } from "./states";
