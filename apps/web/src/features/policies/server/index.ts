export { policiesRouter, tiersRouter } from "./router";
export { countPolicies, noPolicies, readPolicyStates, type PolicyCounts } from "./states";
