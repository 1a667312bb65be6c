// One line for each repository file; a repository is functions that take a transaction, and domain types.
export {};
