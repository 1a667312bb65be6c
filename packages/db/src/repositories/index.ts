// One line for each repository file; a repository is functions that take a transaction, and domain types.
export * from "./people";
export * from "./sign-in-session";
export * from "./audit";
export * from "./clusters";
export * from "./grants";
export * from "./inventory-views";
export * from "./policies";
export * from "./policy-status";
export * from "./publications";
export * from "./settings";
export * from "./tiers";
