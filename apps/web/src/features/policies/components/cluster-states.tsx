import { absoluteTime, ClusterName, hourMinute, ProblemIcon, RelativeTime } from "../../../ui";
import { StateMark } from "./state-mark";
import type { PolicyDetail } from "./use-policies";

/** How the policy stands in each cluster, with the API server's own words where it refused. */
export function ClusterStates({ policy }: { readonly policy: PolicyDetail }) {
  if (policy.states.length === 0) return <p className="text-table text-muted">It is in no cluster.</p>;
  return (
    <ul>
      {policy.states.map((state) => {
        const cluster = policy.clusters.find((each) => each.id === state.clusterId);
        return (
          <li
            key={state.clusterId}
            data-testid={`state-${cluster?.name ?? ""}`}
            className="border-b border-line py-1.5 text-table last:border-b-0"
          >
            <span className="flex items-center justify-between gap-2">
              <ClusterName index={cluster?.ordinal ?? "outside"} name={cluster?.name ?? ""} />
              <span className="flex items-center gap-2">
                {state.at === null ? null : (
                  <span className="text-muted" title={absoluteTime(new Date(state.at))}>
                    {state.state === "unknown" ? (
                      `not heard since ${hourMinute(new Date(state.at))}`
                    ) : (
                      <RelativeTime at={state.at} />
                    )}
                  </span>
                )}
                <StateMark state={state.state} was={state.was} />
              </span>
            </span>
            {state.message === "" ? null : <p className="mt-0.5 pl-4 break-words text-muted">{state.message}</p>}
            {state.hint === null ? null : <p className="pl-4 text-muted">{state.hint}</p>}
            {state.warnings.map((warning) => (
              <p key={warning.message} className="mt-0.5 flex items-start gap-1.5 pl-4">
                <ProblemIcon /> <span>{warning.message}</span>
              </p>
            ))}
          </li>
        );
      })}
    </ul>
  );
}
