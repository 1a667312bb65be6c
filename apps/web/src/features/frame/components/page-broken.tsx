"use client";

import { Button, ErrorState } from "../../../ui";

/** Stands in place of a page whose code failed. What was being changed elsewhere is not touched by that. */
export function PageBroken() {
  return (
    <div className="flex min-h-full min-w-0 flex-1 bg-bg">
      <ErrorState
        title="This page stopped working"
        message="Something went wrong in it, here in the browser; nothing that is stored has changed. Load it again; if it stops again, tell whoever runs Isthmus what you did before."
        action={
          <Button className="mt-2" onClick={() => window.location.reload()}>
            Load the page again
          </Button>
        }
      />
    </div>
  );
}
