"use client";
export function FlowsPage() {
  return null;
}
