"use client";

import { Download } from "lucide-react";
import { CodeBlock, Segments } from "../../../ui";

/** How a manifest is applied: by the link that works once, or from a file. */
export type ManifestWay = "link" | "file";

/** Chooses the way. */
export const ManifestWays = ({
  way,
  onChange,
}: {
  readonly way: ManifestWay;
  readonly onChange: (way: ManifestWay) => void;
}) => (
  <Segments
    label="How to apply"
    value={way}
    onChange={onChange}
    tabs={[
      { value: "link", label: "one-time link" },
      { value: "file", label: "file" },
    ]}
  />
);

export interface ManifestShownProps {
  readonly made: { readonly manifest: string; readonly manifestUrl: string };
  readonly way: ManifestWay;
  /** Name of the file. */
  readonly file: string;
}

/** A manifest in the moment after it was made: the command, the file, and what is in it. */
export function ManifestShown({ made, way, file }: ManifestShownProps) {
  return (
    <>
      <div className="mt-2">
        <CodeBlock
          label="The command to run"
          code={way === "link" ? `kubectl apply -f ${made.manifestUrl}` : `kubectl apply -f ${file}`}
        />
      </div>
      <div className="mt-1 flex flex-wrap gap-3 text-table">
        <button
          type="button"
          className="inline-flex items-center gap-1 text-accent hover:underline"
          onClick={() => download(file, made.manifest)}
        >
          <Download size={12} aria-hidden /> Download {file}
        </button>
      </div>
      <p className="mt-1 text-table text-muted">
        {way === "link"
          ? "The link works once. Whoever has it can enrol a cluster until it is used or expires."
          : "The file holds the grant's secret. Do not keep it."}
      </p>
      <details className="mt-2">
        <summary className="cursor-pointer text-table text-accent">What is in it, and what it may do</summary>
        <div className="mt-2">
          <CodeBlock label="The agent's manifest" code={made.manifest} maxHeight={360} />
        </div>
      </details>
    </>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}
