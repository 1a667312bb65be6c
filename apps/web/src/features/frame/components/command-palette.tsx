"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { useEffect, useState, type ReactNode } from "react";
import { useTRPC } from "../../../client";
import { ClusterMark } from "../../../ui";
import { useAccess, useMay } from "../model/access-context";
import { accessAreaOf, belowRailOf, railOf } from "../model/pages";
import { useLink, useView } from "../model/use-view";
import { PageGlyph } from "./icons";
import { applyTheme } from "./theme-switch";
import { useSignOut } from "./use-sign-out";

export interface CommandPaletteProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Every word of the search is in the entry; entries that begin a word with it come first. */
function fits(value: string, search: string): number {
  const text = value.toLowerCase();
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (!words.every((word) => text.includes(word))) return 0;
  return words.every((word) => text.startsWith(word) || /[\s/.-]/.test(text.charAt(text.indexOf(word) - 1))) ? 1 : 0.5;
}

/** Finds any page, cluster, workload or policy and runs actions: ⌘K or Ctrl K. */
export function CommandPalette({ open, onOpenChange }: CommandPaletteProps) {
  useEffect(() => {
    const toggle = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      onOpenChange(!open);
    };
    window.addEventListener("keydown", toggle);
    return () => window.removeEventListener("keydown", toggle);
  }, [open, onOpenChange]);
  return (
    <Command.Dialog
      open={open}
      onOpenChange={onOpenChange}
      label="Find or run"
      loop
      filter={fits}
      overlayClassName="fixed inset-0 z-40 bg-shade"
      contentClassName="fixed top-[12vh] left-1/2 z-50 w-[min(560px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden rounded-md bg-surface shadow-float float-in"
    >
      <Contents close={() => onOpenChange(false)} />
    </Command.Dialog>
  );
}

function Contents({ close }: { readonly close: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const link = useLink();
  const view = useView();
  const signOut = useSignOut();
  const { kind } = useAccess();
  const [text, setText] = useState("");
  const found = useQuery(trpc.frame.find.queryOptions({ text: text.trim() }, { staleTime: 30_000 }));
  const run = (act: () => void) => () => {
    close();
    act();
  };
  const go = (href: string) => run(() => router.push(link(href)));
  return (
    <>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Find a page, cluster, workload or policy, or run an action"
        className="h-11 w-full border-b border-line bg-transparent px-4 text-work outline-none placeholder:text-muted"
      />
      <Command.List className="max-h-[56vh] overflow-auto p-1 [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-table [&_[cmdk-group-heading]]:text-muted">
        <Command.Empty className="px-3 py-6 text-center text-muted">Nothing has that name.</Command.Empty>
        <Pages go={go} />
        <Command.Group heading="Clusters">
          {found.data?.clusters.map((cluster) => (
            <Entry
              key={cluster.id}
              value={`cluster ${cluster.name}`}
              onSelect={go(`/clusters/${encodeURIComponent(cluster.name)}`)}
              icon={<ClusterMark index={cluster.ordinal} />}
              trail="open"
            >
              <span className="font-mono text-table">{cluster.name}</span>
            </Entry>
          ))}
          {found.data?.clusters.map((cluster) => (
            <Entry
              key={`scope-${cluster.id}`}
              value={`scope to ${cluster.name}`}
              onSelect={run(() => view.set({ scope: [{ kind: "name", name: cluster.name }] }))}
              icon={<ClusterMark index={cluster.ordinal} />}
              trail="scope"
            >
              Only <span className="font-mono text-table">{cluster.name}</span>
            </Entry>
          ))}
        </Command.Group>
        <Command.Group heading="Workloads">
          {found.data?.workloads.map((workload) => (
            <Entry
              key={`${workload.clusterId}/${workload.namespace}/${workload.kind}/${workload.name}`}
              value={`workload ${workload.cluster} ${workload.namespace}/${workload.name} ${workload.kind}`}
              onSelect={go(
                `/flows?q=${encodeURIComponent(`namespace = ${workload.namespace} and workload = ${workload.name}`)}`,
              )}
              icon={<ClusterMark index={workload.ordinal} />}
              trail={`flows · ${workload.kind}`}
            >
              <span className="font-mono text-table">
                <span className="text-muted">{workload.namespace}/</span>
                {workload.name}
              </span>
            </Entry>
          ))}
        </Command.Group>
        <Command.Group heading="Policies">
          {found.data?.policies.map((policy) => (
            <Entry
              key={policy.id}
              value={`policy ${policy.tier}.${policy.name}`}
              onSelect={go(`/policies/${policy.id}`)}
              icon={<PageGlyph icon="policies" />}
            >
              <span className="font-mono text-table">
                {policy.tier}.{policy.name}
              </span>
            </Entry>
          ))}
        </Command.Group>
        <Command.Group heading="Actions">
          <MeshActions go={go} />
          {kind === "installation" ? null : (
            <Entry value="action live pause follow" onSelect={run(() => view.set({ live: !view.live }))}>
              {view.live ? "Hold the page still" : "Follow what happens"}
            </Entry>
          )}
          <Entry value="action light theme" onSelect={run(() => applyTheme("light"))}>
            Light theme
          </Entry>
          <Entry value="action dark theme" onSelect={run(() => applyTheme("dark"))}>
            Dark theme
          </Entry>
          <Entry value="action sign out" onSelect={run(signOut)}>
            Sign out
          </Entry>
        </Command.Group>
      </Command.List>
    </>
  );
}

type Go = (href: string) => () => void;

function Pages({ go }: { readonly go: Go }) {
  const access = useAccess();
  return (
    <Command.Group heading="Pages">
      {railOf(access).map((page) => (
        <Entry
          key={page.href}
          value={`page ${page.name} ${page.also ?? ""}`}
          onSelect={go(page.href)}
          icon={<PageGlyph icon={page.icon} />}
        >
          {page.name}
        </Entry>
      ))}
      {belowRailOf(access).map((page) => (
        <Entry
          key={page.href}
          value={`page ${page.name} ${page.also ?? ""}`}
          onSelect={go(page.href)}
          icon={<PageGlyph icon="clusters" />}
          trail="clusters"
        >
          {page.name}
        </Entry>
      ))}
      {accessAreaOf(access).map((page) => (
        <Entry
          key={`access ${page.href}`}
          value={`page access ${page.name} ${page.also ?? ""}`}
          onSelect={go(page.href)}
          icon={<PageGlyph icon="access" />}
          trail="access"
        >
          {page.name}
        </Entry>
      ))}
    </Command.Group>
  );
}

function MeshActions({ go }: { readonly go: Go }) {
  const [connects, writes, seesFlows] = [useMay("clusters.connect"), useMay("policies.write"), useMay("flows.read")];
  const [invites, makesTokens] = [useMay("members.manage"), useMay("tokens.create")];
  return (
    <>
      {connects ? (
        <Entry value="action connect a cluster" onSelect={go("/clusters?connect=new")}>
          Connect a cluster
        </Entry>
      ) : null}
      {writes ? (
        <Entry value="action new policy write" onSelect={go("/policies?new=1")}>
          Write a policy
        </Entry>
      ) : null}
      {seesFlows ? (
        <Entry value="action show denied flows" onSelect={go(`/flows?q=${encodeURIComponent("action = deny")}`)}>
          Show denied flows
        </Entry>
      ) : null}
      {invites ? (
        <Entry value="action invite somebody person member" onSelect={go("/access/people?invite=1")}>
          Invite somebody
        </Entry>
      ) : null}
      {makesTokens ? (
        <Entry value="action new api token" onSelect={go("/access/tokens?new=1")}>
          Make an API token
        </Entry>
      ) : null}
    </>
  );
}

interface EntryProps {
  readonly value: string;
  readonly onSelect: () => void;
  readonly children: ReactNode;
  readonly icon?: ReactNode;
  readonly trail?: ReactNode;
}

function Entry({ value, onSelect, children, icon, trail }: EntryProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-8 cursor-default items-center gap-2 rounded-sm px-3 data-[selected=true]:bg-wash-accent"
    >
      <span className="grid size-4 place-items-center text-muted">{icon}</span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {trail === undefined ? null : <span className="text-table text-muted">{trail}</span>}
    </Command.Item>
  );
}
