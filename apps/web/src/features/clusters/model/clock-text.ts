/** How far an agent's clock is from the gateway's, for a person; `offsetMs` is the agent's minus the gateway's. */
export function clockText(offsetMs: number): string {
  const distance = Math.abs(offsetMs);
  if (distance < 100) return "as the gateway's";
  const text = distance < 10_000 ? `${distance} ms` : `${Math.round(distance / 1_000)} s`;
  return `${text} ${offsetMs > 0 ? "ahead" : "behind"}`;
}
