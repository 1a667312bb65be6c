import { describe, expect, it } from "vitest";
import { containerArgs } from "./container-command";
import type { Pod } from "./pod-types";

const pod = (args: readonly string[]): Pod => ({
  metadata: { name: "agent-1", namespace: "isthmus", uid: "u" },
  spec: {
    nodeName: "node-1",
    containers: [
      {
        name: "agent",
        image: "i",
        args,
        env: [
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "LEVEL", value: "info" },
        ],
        volumeMounts: [
          { name: "grant", mountPath: "/var/run/grant" },
          { name: "spool", mountPath: "/spool" },
        ],
      },
    ],
  },
});

const placement = {
  volumes: new Map([
    ["grant", "/host/grant"],
    ["spool", "/host/spool"],
  ]),
  ports: new Map([[8080, 40_001]]),
};

describe("containerArgs", () => {
  const rows = [
    { name: "expands a field of the pod", arg: "--instance=$(POD_NAME)", expected: "--instance=agent-1" },
    { name: "leaves an unknown variable as Kubernetes does", arg: "--x=$(NONE)", expected: "--x=$(NONE)" },
    {
      name: "replaces a mounted file",
      arg: "--grant-file=/var/run/grant/secret",
      expected: "--grant-file=/host/grant/secret",
    },
    { name: "replaces a mounted folder", arg: "--spool-dir=/spool", expected: "--spool-dir=/host/spool" },
    { name: "leaves a path that only begins alike", arg: "--dir=/spooled", expected: "--dir=/spooled" },
    { name: "leaves a path that only contains it", arg: "--dir=/var/spool", expected: "--dir=/var/spool" },
    { name: "maps a declared port to loopback", arg: "--listen=:8080", expected: "--listen=127.0.0.1:40001" },
    { name: "leaves a port that is not declared", arg: "--listen=:9090", expected: "--listen=:9090" },
    { name: "leaves addresses of others", arg: "--goldmane=127.0.0.1:8080", expected: "--goldmane=127.0.0.1:8080" },
  ];
  it.each(rows)("$name", ({ arg, expected }) => {
    const each = pod([arg]);
    expect(containerArgs(each, each.spec.containers[0]!, placement)).toEqual([expected]);
  });
});
