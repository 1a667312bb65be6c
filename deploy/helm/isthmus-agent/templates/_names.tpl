{{- define "isthmus-agent.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "isthmus-agent.grantSecret" -}}
{{- .Values.grant.existingSecret | default "isthmus-agent-grant" -}}
{{- end -}}

{{- define "isthmus-agent.goldmaneServerName" -}}
{{- .Values.goldmane.serverName | default (regexReplaceAll ":[0-9]+$" .Values.goldmane.address "") -}}
{{- end -}}

{{- define "isthmus-agent.subject" -}}
- kind: ServiceAccount
  name: isthmus-agent
  namespace: {{ .Release.Namespace }}
{{- end -}}
