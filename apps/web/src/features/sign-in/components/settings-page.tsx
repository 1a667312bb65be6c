"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../../client";
import { Facts, LoadingState } from "../../../ui";
import { Page, PageBody } from "../../frame";
import { ConnectionsPart } from "./connections";
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
          <SettingsPart title="You">
            {me.data === undefined ? (
              <LoadingState />
            ) : (
              <div className="p-4">
                <Facts
                  facts={[
                    ["Name", me.data.displayName],
                    [
                      "E-mail",
                      <span className="font-mono" key="email">
                        {me.data.email}
                      </span>,
                    ],
                    ["Organisation", me.data.organisation],
                    ["Roles", me.data.roles.join(", ")],
                  ]}
                />
              </div>
            )}
          </SettingsPart>
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
        </div>
      </PageBody>
    </Page>
  );
}
