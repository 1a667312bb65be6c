import { CodeBlock } from "../../../ui";

const commands = `docker build -f deploy/docker/agent.Dockerfile \\
  -t registry.example.org/isthmus-agent:0.1.0 .
docker push registry.example.org/isthmus-agent:0.1.0`;

/** How to build the agent's image, where no setting names one. */
export function BuildImage() {
  return (
    <div>
      <p className="mb-2 text-table">
        No image of the agent is set. Build it at the root of the repository, push it where your clusters can pull it,
        and name it below; or set <code>ISTHMUS_AGENT_IMAGE</code> for all clusters.
      </p>
      <CodeBlock label="Commands that build the agent's image" code={commands} />
    </div>
  );
}
