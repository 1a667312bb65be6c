/** Stands for "no cluster" where ClickHouse wants a UUID. */
export const noCluster = "00000000-0000-0000-0000-000000000000";
