import { describe, expect, it } from "vitest";
import { parseDoctorArguments } from "./doctor-arguments";

describe("parseDoctorArguments", () => {
  const running = (): Promise<readonly string[]> => Promise.resolve(["--gateway=wss://running"]);
  const rows: { name: string; argv: string[]; expected: object }[] = [
    {
      name: "nothing: those of the running agent",
      argv: [],
      expected: { output: "text", gateways: ["wss://running"] },
    },
    { name: "an output alone", argv: ["--output", "json"], expected: { output: "json", gateways: ["wss://running"] } },
    {
      name: "options of its own",
      argv: ["--spool-dir=/x", "--output=json"],
      expected: { output: "json", gateways: [] },
    },
  ];
  it.each(rows)("$name", async ({ argv, expected }) => {
    const parsed = await parseDoctorArguments(argv, running);
    expect(parsed.ok && { output: parsed.value.output, gateways: parsed.value.arguments.gateways }).toEqual(expected);
  });

  it.each([["--output=yaml"], ["--output"], ["--nonsense"], ["--listen=x"]])("refuses %s", async (argument) => {
    expect((await parseDoctorArguments([argument], running)).ok).toBe(false);
  });
});
