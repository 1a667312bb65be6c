{{- define "isthmus.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels of every object; called with a dict of `root` and `component`. */}}
{{- define "isthmus.labels" -}}
{{ include "isthmus.selector" . }}
app.kubernetes.io/part-of: isthmus
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "isthmus.selector" -}}
app.kubernetes.io/name: isthmus-{{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{- define "isthmus.image" -}}
{{ .root.Values.image.registry }}/isthmus-{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{/* What the restricted pod security standard asks for, and a root file system that nothing writes to. */}}
{{- define "isthmus.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "isthmus.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What each pod has in common: no token of the API, which none of these processes asks. */}}
{{- define "isthmus.podCommon" -}}
{{- /* What runs before the release's own account is there has the namespace's. */}}
serviceAccountName: {{ eq .component "migrate" | ternary "default" (include "isthmus.name" .root) }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "isthmus.podSecurity" . | nindent 2 }}
{{- end -}}

{{/* Both kinds of pods spread over zones, then nodes, and say so only as a wish: one node must be enough to start. */}}
{{- define "isthmus.spread" -}}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "isthmus.selector" $ | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Stores, for web and gateway alike. */}}
{{- define "isthmus.storeEnv" -}}
- name: ISTHMUS_DATABASE_URL_FILE
  value: /etc/isthmus/database/app-url
- name: ISTHMUS_CLICKHOUSE_URL
  value: {{ .Values.clickhouse.url | quote }}
- name: ISTHMUS_CLICKHOUSE_USER
  value: {{ .Values.clickhouse.user | quote }}
- name: ISTHMUS_CLICKHOUSE_DATABASE
  value: {{ .Values.clickhouse.database | quote }}
- name: ISTHMUS_CLICKHOUSE_PASSWORD_FILE
  value: /etc/isthmus/clickhouse/password
{{- with .Values.clickhouse.cluster }}
- name: ISTHMUS_CLICKHOUSE_CLUSTER
  value: {{ . | quote }}
{{- end }}
- name: ISTHMUS_FLOW_RETENTION_DAYS
  value: {{ .Values.gateway.flowRetentionDays | quote }}
{{- end -}}

{{- define "isthmus.storeMounts" -}}
- name: database
  mountPath: /etc/isthmus/database
  readOnly: true
- name: clickhouse
  mountPath: /etc/isthmus/clickhouse
  readOnly: true
{{- end -}}

{{- define "isthmus.storeVolumes" -}}
- name: database
  secret:
    secretName: {{ .Values.database.existingSecret }}
    defaultMode: 0440
    # Not the owner's address: a process that serves people has no use for it.
    items:
      - key: app-url
        path: app-url
- name: clickhouse
  secret:
    secretName: {{ .Values.clickhouse.existingSecret }}
    defaultMode: 0440
    items:
      - key: password
        path: password
{{- end -}}

{{- define "isthmus.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 2
  # A gateway waits up to two minutes for stores that start beside it.
  failureThreshold: 75
livenessProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}
