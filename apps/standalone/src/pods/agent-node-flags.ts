/** What the agent's image tells Node before its program: a heap that is kept small (ADR 0039). */
export const AGENT_NODE_FLAGS: readonly string[] = ["--max-semi-space-size=2", "--heap-growing-percent=20"];
