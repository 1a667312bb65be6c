import { PathnameContext, SearchParamsContext } from "next/dist/shared/lib/hooks-client-context.shared-runtime";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { WireError } from "../../../server/errors";
import { Loaded } from "./loaded";

const message = "what to do";

/** What is drawn of something that was once answered, when asking again gave this error. */
const drawn = (error: Pick<WireError, "code" | "retryable">) =>
  renderToStaticMarkup(
    <PathnameContext value="/members">
      <SearchParamsContext value={new URLSearchParams()}>
        <Loaded
          query={{
            data: "the secret",
            error: { data: { ...error, message } },
            failureReason: null,
            isFetching: false,
            dataUpdatedAt: 0,
            refetch: () => Promise.resolve(),
          }}
          what="the members"
          loading={null}
        >
          {(data) => <p>{data}</p>}
        </Loaded>
      </SearchParamsContext>
    </PathnameContext>,
  );

test.each([
  { name: "stays while a store is away", code: "store-unavailable", retryable: true, stays: true },
  { name: "goes when it may not be seen any more", code: "forbidden", retryable: false, stays: false },
  { name: "goes when the session has ended", code: "not-signed-in", retryable: false, stays: false },
] as const)("what was answered $name", ({ code, retryable, stays }) => {
  const html = drawn({ code, retryable });
  expect(html.includes("the secret")).toBe(stays);
  expect(html.includes("As of")).toBe(stays);
  expect(html).toContain(message);
});
