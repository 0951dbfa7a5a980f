{{/* Name of every object, and the Service's name, so at most 63 characters with the longest suffix. */}}
{{- define "dvc-injector.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "dvc-injector.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "dvc-injector.labels" -}}
{{ include "dvc-injector.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "dvc-injector.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the certificates. In the self-signed mode the webhook makes it; see src/tls/authority-secret.ts. */}}
{{- define "dvc-injector.certificateSecret" -}}
{{- if eq .Values.tls.mode "provided" -}}
{{- required "tls.mode is provided, so tls.provided.secretName must name the Secret with tls.crt and tls.key" .Values.tls.provided.secretName -}}
{{- else if eq .Values.tls.mode "cert-manager" -}}
{{- include "dvc-injector.fullname" . }}-tls
{{- else -}}
{{- include "dvc-injector.fullname" . }}-ca
{{- end -}}
{{- end -}}

{{/* The volume with the authorities of client certificates; empty where anyone may send reviews. */}}
{{- define "dvc-injector.clientCA" -}}
{{- with .Values.tls.clientCA -}}
{{- $items := printf "items: [{key: %s, path: ca.crt}]" .key -}}
{{- if .configMap }}configMap: {name: {{ .configMap }}, {{ $items }}}
{{- else if .secret }}secret: {secretName: {{ .secret }}, {{ $items }}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What the schema of the values can't say, and what would otherwise be said only by replicas that end with 78. */}}
{{- define "dvc-injector.requireUsableConfig" -}}
{{- $storage := dig "storage" dict .Values.config -}}
{{- $static := $storage.static | default dict -}}
{{- if and $storage.className $storage.volumeName -}}
{{- fail (printf "config.storage.volumeName needs className \"\": class %q makes its own volumes" $storage.className) -}}
{{- end -}}
{{- if and $storage.className $static -}}
{{- fail (printf "config.storage.static needs className \"\": class %q makes its own volumes" $storage.className) -}}
{{- end -}}
{{- if and $static.volumeHandle (not $static.shared) -}}
{{- fail "config.storage.static.volumeHandle would be the volume of every opted-in namespace: give each one an access point of its own in static.namespaces, or set static.shared: true if all may read what the others fetched" -}}
{{- end -}}
{{- if and .Values.tls.clientCA.configMap .Values.tls.clientCA.secret -}}
{{- fail "tls.clientCA names a ConfigMap and a Secret; leave one of them out" -}}
{{- end -}}
{{- if and .Values.tls.clientNames (not (include "dvc-injector.clientCA" .)) -}}
{{- fail "tls.clientNames restricts nobody without tls.clientCA: name the ConfigMap or Secret with the authority of these clients" -}}
{{- end -}}
{{- if eq (include "dvc-injector.port" .) (include "dvc-injector.metricsPort" .) -}}
{{- fail (printf "config.webhook.metricsPort must not be config.webhook.port, which is %s" (include "dvc-injector.port" .)) -}}
{{- end -}}
{{- end -}}

{{/* The configuration file: what the admin wrote, and what only the chart knows. */}}
{{- define "dvc-injector.config" -}}
{{- include "dvc-injector.requireUsableConfig" . -}}
{{- $name := include "dvc-injector.fullname" . -}}
{{- $tls := dict "mode" .Values.tls.mode -}}
{{- if ne .Values.tls.mode "self-signed" -}}
{{- $tls = dict "mode" .Values.tls.mode "certFile" "/etc/dvc-injector/tls/tls.crt" "keyFile" "/etc/dvc-injector/tls/tls.key" -}}
{{- end -}}
{{- if include "dvc-injector.clientCA" . -}}
{{- $tls = merge $tls (dict "clientCA" "/etc/dvc-injector/client-ca/ca.crt") -}}
{{- with .Values.tls.clientNames }}{{ $tls = merge $tls (dict "clientNames" .) }}{{ end -}}
{{- end -}}
{{- $own := dict "namespace" .Release.Namespace "service" $name "configuration" $name "tls" $tls -}}
{{- mergeOverwrite (deepCopy .Values.config) (dict "webhook" $own) | toYaml -}}
{{- end -}}

{{- define "dvc-injector.port" -}}
{{- dig "webhook" "port" 8443 .Values.config | int -}}
{{- end -}}

{{- define "dvc-injector.metricsPort" -}}
{{- dig "webhook" "metricsPort" 9090 .Values.config | int -}}
{{- end -}}

{{/* Pod Security "restricted", for the webhook and the test. */}}
{{- define "dvc-injector.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
runAsNonRoot: true
{{- with .Values.runAsUser }}
runAsUser: {{ int . }}
{{- end }}
{{- with .Values.runAsGroup }}
runAsGroup: {{ int . }}
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* Which namespaces take part: opted in, and never the system's or our own. */}}
{{- define "dvc-injector.namespaceSelector" -}}
matchLabels:
  dvc.io/dataset-injection: enabled
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values: [kube-system, {{ .Release.Namespace | quote }}]
{{- end -}}

{{/* A policy takes effect by its binding; `action` is what happens when a validation fails. */}}
{{- define "dvc-injector.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "dvc-injector.labels" .root | nindent 4 }}
spec:
  policyName: {{ .name }}
  validationActions: [{{ .action }}]
{{- end -}}

{{- define "dvc-injector.namesADataset" -}}
exists(k, k == 'dvc.io/dataset' || k.startsWith('dvc.io/dataset.'))
{{- end -}}

{{/* The policies' rules for workloads of every known kind, and of those that the admin adds. A kind that isn't installed matches nothing. */}}
{{- define "dvc-injector.workloadRules" -}}
{{- $kinds := .root.Files.Get "files/kinds.json" | fromJson -}}
{{- range concat $kinds.rules .root.Values.policies.customKinds }}
- apiGroups: {{ .apiGroups | toJson }}
  apiVersions: ["*"]
  operations: [CREATE, UPDATE]
  resources: {{ .resources | toJson }}
  scope: {{ quote $.scope }}
{{- end }}
{{- end -}}

{{/* Of workloads only what is new: their controllers write often, some their status into the object itself. */}}
{{- define "dvc-injector.newsOnly" -}}
- name: says-something-new
  expression: >-
    request.operation == 'CREATE' || dyn(object).?spec != dyn(oldObject).?spec ||
    dyn(object).metadata.?annotations != dyn(oldObject).metadata.?annotations
{{- end -}}

{{/* Variables of the policies: the keys of our annotations on the object itself (`own`), and of those that reach pods (`passed`). */}}
{{- define "dvc-injector.workloadVariables" -}}
{{- $kinds := .Files.Get "files/kinds.json" | fromJson -}}
- name: kind
  expression: "object.apiVersion.contains('/') ? object.kind + '.' + object.apiVersion.split('/')[0] : object.kind"
# Where annotations belong, for the kinds whose own metadata reaches no pod.
- name: places
  expression: {{ $kinds.places | toJson | replace "\"" "'" | quote }}
- name: own
  expression: "object.metadata.?annotations.orValue({}).map(k, k).filter(k, k.startsWith('dvc.io/'))"
- name: inner
  expression: {{ printf "(%s).split(' ').filter(k, k != '')" $kinds.keys | quote }}
- name: passed
  expression: "variables.kind in variables.places ? variables.inner : variables.own + variables.inner"
{{- end -}}

{{/* The pod of `helm test`, which the NetworkPolicy lets through. */}}
{{- define "dvc-injector.testLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{/* One-time Jobs are none of the webhook's pods, which its Service and its budget select. */}}
{{- define "dvc-injector.prepareLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: prepare-volume
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
