/** What an announcement may be about; the topics of the database's notifications. */
export type LiveTopic =
  "desired" | "status" | "inventory" | "session" | "evidence" | "policy" | "audit" | "access" | "probe";
