"use client";
export function EvidenceStrip() {
  return null;
}
