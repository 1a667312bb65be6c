/** The text with which a new policy begins: valid as it stands, and short enough to be read whole. */
export function policyTemplate(tier: string, name: string): string {
  return `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: ${tier}.${name}
  namespace: default
spec:
  tier: ${tier}
  order: 100
  selector: app == "${name}"
  types:
    - Ingress
  ingress:
    - action: Allow
      protocol: TCP
      source:
        selector: app == "client"
      destination:
        ports:
          - 8080
`;
}

/** The placement that a new policy begins with: every cluster. */
export const defaultPlacement = "all()";
