import type { ReactNode } from "react";
import { AccessArea } from "../../../features/frame";

export default function AccessLayout({ children }: { readonly children: ReactNode }) {
  return <AccessArea>{children}</AccessArea>;
}
