import { StatusMark } from "../../../ui";
import { providerState } from "../model/provider-state";
import type { Provider } from "./use-providers";

const stateMarks = {
  works: { status: "good", words: "works" },
  untested: { status: "none", words: "not tested" },
  failing: { status: "problem", words: "fails" },
  off: { status: "locked", words: "off" },
} as const;

/** How a provider stands, as shape and word. */
export function ProviderMark({ provider }: { readonly provider: Provider }) {
  const { status, words } = stateMarks[providerState(provider)];
  return <StatusMark status={status}>{words}</StatusMark>;
}
