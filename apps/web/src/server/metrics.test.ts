import { afterEach, describe, expect, it } from "vitest";
import { createMetrics } from "./metrics";
import { serveMetrics, type MetricsServer } from "./metrics-server";

const metricsOf = (busy: readonly number[]) =>
  createMetrics({
    streams: () => ({ streams: 3, sessions: 2 }),
    pools: () => busy.map((each) => ({ busy: each, idle: 1, waiting: 0, limit: 6 })),
  });

describe("createMetrics", () => {
  it("counts answers by procedure and code, and adds up the pools when it is asked", async () => {
    const busy = [2];
    const metrics = metricsOf(busy);
    busy.push(5);
    const all = metricsOf(busy);
    all.answered({ procedure: "flows.list", code: "ok", seconds: 0.2 });
    all.answered({ procedure: "flows.list", code: "forbidden", seconds: 0.001 });
    all.responded(404);
    const text = await all.registry.metrics();
    for (const line of [
      'isthmus_web_requests_total{procedure="flows.list",code="ok"} 1',
      'isthmus_web_requests_total{procedure="flows.list",code="forbidden"} 1',
      'isthmus_web_request_seconds_count{procedure="flows.list"} 2',
      'isthmus_web_request_seconds_bucket{le="0.1",procedure="flows.list"} 1',
      'isthmus_web_responses_total{status="404"} 1',
      "isthmus_web_streams 3",
      "isthmus_web_stream_sessions 2",
      'isthmus_web_database_connections{state="busy"} 7',
      'isthmus_web_database_connections{state="idle"} 2',
      "isthmus_web_database_connections_limit 12",
    ])
      expect(text.split("\n")).toContain(line);
    // Each process's are its own.
    expect(await metrics.registry.metrics()).not.toContain("flows.list");
  });
});

describe("serveMetrics", () => {
  let served: MetricsServer | undefined;
  afterEach(() => served?.close());

  it("serves /metrics and nothing else", async () => {
    served = await serveMetrics({ host: "127.0.0.1", port: 0 }, metricsOf([1]).registry);
    const ask = (path: string) => fetch(`http://127.0.0.1:${served?.port}${path}`);
    const answer = await ask("/metrics?x=1");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("version=0.0.4");
    expect(await answer.text()).toContain("# TYPE isthmus_web_request_seconds histogram");
    expect((await ask("/")).status).toBe(404);
    const { port } = served;
    await expect(serveMetrics({ host: "127.0.0.1", port }, metricsOf([]).registry)).rejects.toThrow(
      `ISTHMUS_WEB_METRICS_LISTEN: port ${port} is taken on 127.0.0.1; stop what uses it or choose another`,
    );
  });
});
