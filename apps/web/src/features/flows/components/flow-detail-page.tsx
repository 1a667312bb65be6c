"use client";
export function FlowDetailPage(_: { readonly id: string }) {
  return null;
}
