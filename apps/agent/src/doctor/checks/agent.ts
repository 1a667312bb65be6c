import type { Check, Judgement } from "../finding";
import type { MemorySeen, Observation, SpoolSeen } from "../observation";

const MIB = 1024 * 1024;
const TIGHT = 0.85;

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

function judgeSpool({ directory, isElsewhere, problem, usedBytes, freeBytes, maxBytes }: SpoolSeen): Judgement {
  if (isElsewhere) return { state: "not-applicable", seen: `${directory} is in the agent's pod, and this is not it` };
  if (/^(ENOSPC|EDQUOT)/u.test(problem)) {
    const advice =
      "make room on its volume: until then new evidence waits in Goldmane, which remembers an hour, and what is older is named as a gap";
    return { state: "failing", seen: `${directory}: the disk is full (${problem})`, advice };
  }
  if (problem !== "") {
    const advice = "mount a volume there that the agent's user may write to, or name another folder in --spool-dir";
    return { state: "failing", seen: `${directory}: ${problem}`, advice };
  }
  const seen = `${directory} holds ${mib(usedBytes)} of at most ${mib(maxBytes)}; ${mib(freeBytes)} are free there`;
  if (usedBytes + freeBytes < maxBytes) {
    return { state: "warning", seen, advice: "give the volume more room, or lower --spool-max-bytes" };
  }
  if (usedBytes > maxBytes * TIGHT) {
    return { state: "warning", seen, advice: "evidence is dropped soon: see whether a gateway takes it" };
  }
  return { state: "ok", seen };
}

function judgeMemory({ usedBytes, limitBytes }: MemorySeen): Judgement {
  if (limitBytes === undefined) {
    return { state: "not-applicable", seen: `${mib(usedBytes)} in use; no limit is set for the container` };
  }
  const seen = `${mib(usedBytes)} in use of ${mib(limitBytes)}`;
  if (usedBytes > limitBytes * TIGHT) {
    const advice = "raise the container's memory limit: the inventory grows with the cluster";
    const remedy = `kubectl -n isthmus set resources deploy/isthmus-agent --limits=memory=${Math.ceil((2 * limitBytes) / MIB)}Mi`;
    return { state: "warning", seen, advice, remedy };
  }
  return { state: "ok", seen };
}

export const AGENT_CHECKS: readonly Check<Observation>[] = [
  { id: "agent.spool", group: "agent", title: "Spool", judge: ({ spool }) => judgeSpool(spool) },
  { id: "agent.memory", group: "agent", title: "Memory", judge: ({ memory }) => judgeMemory(memory) },
];
