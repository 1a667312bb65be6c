"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useTRPC } from "../../../client";
import { Button, Facts, LinesSkeleton } from "../../../ui";
import { Loaded, Page, PageBody, useAccess, useLink, useMay } from "../../frame";
import { ConnectionsPart } from "./connections";
import { NameForm } from "./name-form";
import { PasswordForm } from "./password-form";
import { SecondFactor } from "./second-factor";
import { SessionsPart } from "./sessions-part";
import { SettingsPart } from "./settings-part";

/** The person's own settings: who they are, where they are signed in, their password. */
export function SettingsPage() {
  const trpc = useTRPC();
  const me = useQuery(trpc.signIn.me.queryOptions());
  return (
    <Page>
      <PageBody className="overflow-auto">
        <div className="flex w-full max-w-240 flex-col gap-6 p-4">
          <You />
          <SessionsPart />
          <SettingsPart title="Providers that open your account">
            <ConnectionsPart />
          </SettingsPart>
          <SettingsPart title="Password">
            <PasswordForm email={me.data?.email ?? ""} />
          </SettingsPart>
          <SettingsPart title="Second factor">
            <SecondFactor />
          </SettingsPart>
          <StorageOfOrganisation />
        </div>
      </PageBody>
    </Page>
  );
}

function StorageOfOrganisation() {
  const { kind } = useAccess();
  const may = useMay("organisation.manage");
  const link = useLink();
  if (!may || kind !== "ordinary") return null;
  return (
    <SettingsPart title="Storage of the organisation">
      <p className="p-4 text-muted">
        What evidence takes and how long it is kept:{" "}
        <Link href={link("/settings/storage")} className="text-accent underline underline-offset-2">
          Storage
        </Link>
        .
      </p>
    </SettingsPart>
  );
}

function You() {
  const trpc = useTRPC();
  const me = useQuery(trpc.signIn.me.queryOptions());
  const [renaming, setRenaming] = useState(false);
  const rename = (
    <Button disabled={me.data === undefined || renaming} onClick={() => setRenaming(true)}>
      Change your name
    </Button>
  );
  return (
    <SettingsPart title="You" trail={rename}>
      <Loaded query={me} what="your account" loading={<LinesSkeleton lines={4} />}>
        {(account) => (
          <div className="flex flex-col gap-3 p-4">
            {renaming ? <NameForm name={account.displayName} onClose={() => setRenaming(false)} /> : null}
            <Facts
              facts={[
                ["Name", account.displayName],
                [
                  "E-mail",
                  <span className="font-mono" key="email">
                    {account.email}
                  </span>,
                ],
                ["Organisation", account.organisation],
                ["Roles", account.roles.join(", ") || "none"],
              ]}
            />
          </div>
        )}
      </Loaded>
    </SettingsPart>
  );
}
