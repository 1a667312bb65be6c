/**
 * The numbers of Kubernetes' protobuf messages (k8s.io/api v0.34: the struct tags of its types), for the kinds that
 * clients send in protobuf. Each field is `number:name:type`: `s` string, `b` boolean, `i` integer, `y` bytes, `@…` one
 * of the special types of `decode.ts`, `!` read and ignored, else another message; then `*` where absence differs from
 * zero, `[]` for a list, `{}` for a map. The name `-` means that the message's fields stand in this one.
 */
export const messages: Readonly<Record<string, string>> = {
  "apps.DaemonSet": "1:metadata:meta.ObjectMeta 2:spec:apps.DaemonSetSpec 3:status:!",
  "apps.DaemonSetSpec":
    "1:selector:meta.LabelSelector* 2:template:core.PodTemplateSpec 3:updateStrategy:apps.DaemonSetUpdateStrategy 4:minReadySeconds:i 6:revisionHistoryLimit:i*",
  "apps.DaemonSetUpdateStrategy": "1:type:s 2:rollingUpdate:apps.RollingUpdateDaemonSet*",
  "apps.Deployment": "1:metadata:meta.ObjectMeta 2:spec:apps.DeploymentSpec 3:status:!",
  "apps.DeploymentSpec":
    "1:replicas:i* 2:selector:meta.LabelSelector* 3:template:core.PodTemplateSpec 4:strategy:apps.DeploymentStrategy 5:minReadySeconds:i 6:revisionHistoryLimit:i* 7:paused:b 9:progressDeadlineSeconds:i*",
  "apps.DeploymentStrategy": "1:type:s 2:rollingUpdate:apps.RollingUpdateDeployment*",
  "apps.ReplicaSet": "1:metadata:meta.ObjectMeta 2:spec:apps.ReplicaSetSpec 3:status:!",
  "apps.ReplicaSetSpec":
    "1:replicas:i* 4:minReadySeconds:i 2:selector:meta.LabelSelector* 3:template:core.PodTemplateSpec",
  "apps.RollingUpdateDaemonSet": "1:maxUnavailable:@intOrString* 2:maxSurge:@intOrString*",
  "apps.RollingUpdateDeployment": "1:maxUnavailable:@intOrString* 2:maxSurge:@intOrString*",
  "apps.RollingUpdateStatefulSetStrategy": "1:partition:i* 2:maxUnavailable:@intOrString*",
  "apps.StatefulSet": "1:metadata:meta.ObjectMeta 2:spec:apps.StatefulSetSpec 3:status:!",
  "apps.StatefulSetOrdinals": "1:start:i",
  "apps.StatefulSetPersistentVolumeClaimRetentionPolicy": "1:whenDeleted:s 2:whenScaled:s",
  "apps.StatefulSetSpec":
    "1:replicas:i* 2:selector:meta.LabelSelector* 3:template:core.PodTemplateSpec 5:serviceName:s 6:podManagementPolicy:s 7:updateStrategy:apps.StatefulSetUpdateStrategy 8:revisionHistoryLimit:i* 9:minReadySeconds:i 10:persistentVolumeClaimRetentionPolicy:apps.StatefulSetPersistentVolumeClaimRetentionPolicy* 11:ordinals:apps.StatefulSetOrdinals*",
  "apps.StatefulSetUpdateStrategy": "1:type:s 2:rollingUpdate:apps.RollingUpdateStatefulSetStrategy*",
  "authentication.BoundObjectReference": "1:kind:s 2:apiVersion:s 3:name:s 4:uid:s",
  "authentication.SelfSubjectReview": "1:metadata:meta.ObjectMeta 2:status:authentication.SelfSubjectReviewStatus",
  "authentication.SelfSubjectReviewStatus": "1:userInfo:authentication.UserInfo",
  "authentication.TokenRequest":
    "1:metadata:meta.ObjectMeta 2:spec:authentication.TokenRequestSpec 3:status:authentication.TokenRequestStatus",
  "authentication.TokenRequestSpec":
    "1:audiences:s[] 4:expirationSeconds:i* 3:boundObjectRef:authentication.BoundObjectReference*",
  "authentication.TokenRequestStatus": "1:token:s 2:expirationTimestamp:@time",
  "authentication.TokenReview":
    "1:metadata:meta.ObjectMeta 2:spec:authentication.TokenReviewSpec 3:status:authentication.TokenReviewStatus",
  "authentication.TokenReviewSpec": "1:token:s 2:audiences:s[]",
  "authentication.TokenReviewStatus": "1:authenticated:b 2:user:authentication.UserInfo 4:audiences:s[] 3:error:s",
  "authentication.UserInfo": "1:username:s 2:uid:s 3:groups:s[] 4:extra:@items{}",
  "authorization.FieldSelectorAttributes": "1:rawSelector:s 2:requirements:meta.FieldSelectorRequirement[]",
  "authorization.LabelSelectorAttributes": "1:rawSelector:s 2:requirements:meta.LabelSelectorRequirement[]",
  "authorization.NonResourceAttributes": "1:path:s 2:verb:s",
  "authorization.NonResourceRule": "1:verbs:s[] 2:nonResourceURLs:s[]",
  "authorization.ResourceAttributes":
    "1:namespace:s 2:verb:s 3:group:s 4:version:s 5:resource:s 6:subresource:s 7:name:s 8:fieldSelector:authorization.FieldSelectorAttributes* 9:labelSelector:authorization.LabelSelectorAttributes*",
  "authorization.ResourceRule": "1:verbs:s[] 2:apiGroups:s[] 3:resources:s[] 4:resourceNames:s[]",
  "authorization.SelfSubjectAccessReview":
    "1:metadata:meta.ObjectMeta 2:spec:authorization.SelfSubjectAccessReviewSpec 3:status:authorization.SubjectAccessReviewStatus",
  "authorization.SelfSubjectAccessReviewSpec":
    "1:resourceAttributes:authorization.ResourceAttributes* 2:nonResourceAttributes:authorization.NonResourceAttributes*",
  "authorization.SelfSubjectRulesReview":
    "1:metadata:meta.ObjectMeta 2:spec:authorization.SelfSubjectRulesReviewSpec 3:status:authorization.SubjectRulesReviewStatus",
  "authorization.SelfSubjectRulesReviewSpec": "1:namespace:s",
  "authorization.SubjectAccessReview":
    "1:metadata:meta.ObjectMeta 2:spec:authorization.SubjectAccessReviewSpec 3:status:authorization.SubjectAccessReviewStatus",
  "authorization.SubjectAccessReviewSpec":
    "1:resourceAttributes:authorization.ResourceAttributes* 2:nonResourceAttributes:authorization.NonResourceAttributes* 3:user:s 4:groups:s[] 5:extra:@items{} 6:uid:s",
  "authorization.SubjectAccessReviewStatus": "1:allowed:b 4:denied:b 2:reason:s 3:evaluationError:s",
  "authorization.SubjectRulesReviewStatus":
    "1:resourceRules:authorization.ResourceRule[] 2:nonResourceRules:authorization.NonResourceRule[] 3:incomplete:b 4:evaluationError:s",
  "batch.CronJob": "1:metadata:meta.ObjectMeta 2:spec:batch.CronJobSpec 3:status:!",
  "batch.CronJobSpec":
    "1:schedule:s 8:timeZone:s* 2:startingDeadlineSeconds:i* 3:concurrencyPolicy:s 4:suspend:b* 5:jobTemplate:batch.JobTemplateSpec 6:successfulJobsHistoryLimit:i* 7:failedJobsHistoryLimit:i*",
  "batch.Job": "1:metadata:meta.ObjectMeta 2:spec:batch.JobSpec 3:status:!",
  "batch.JobSpec":
    "1:parallelism:i* 2:completions:i* 3:activeDeadlineSeconds:i* 7:backoffLimit:i* 12:backoffLimitPerIndex:i* 13:maxFailedIndexes:i* 4:selector:meta.LabelSelector* 5:manualSelector:b* 6:template:core.PodTemplateSpec 8:ttlSecondsAfterFinished:i* 9:completionMode:s* 10:suspend:b* 14:podReplacementPolicy:s* 15:managedBy:s*",
  "batch.JobTemplateSpec": "1:metadata:meta.ObjectMeta 2:spec:batch.JobSpec",
  "coordination.Lease": "1:metadata:meta.ObjectMeta 2:spec:coordination.LeaseSpec",
  "coordination.LeaseSpec":
    "1:holderIdentity:s* 2:leaseDurationSeconds:i* 3:acquireTime:@time* 4:renewTime:@time* 5:leaseTransitions:i* 6:strategy:s* 7:preferredHolder:s*",
  "core.Affinity":
    "1:nodeAffinity:core.NodeAffinity* 2:podAffinity:core.PodAffinity* 3:podAntiAffinity:core.PodAntiAffinity*",
  "core.AppArmorProfile": "1:type:s 2:localhostProfile:s*",
  "core.Capabilities": "1:add:s[] 2:drop:s[]",
  "core.ClientIPConfig": "1:timeoutSeconds:i*",
  "core.ConfigMap": "1:metadata:meta.ObjectMeta 4:immutable:b* 2:data:s{} 3:binaryData:y{}",
  "core.ConfigMapEnvSource": "1:-:core.LocalObjectReference 2:optional:b*",
  "core.ConfigMapKeySelector": "1:-:core.LocalObjectReference 2:key:s 3:optional:b*",
  "core.ConfigMapProjection": "1:-:core.LocalObjectReference 2:items:core.KeyToPath[] 4:optional:b*",
  "core.ConfigMapVolumeSource": "1:-:core.LocalObjectReference 2:items:core.KeyToPath[] 3:defaultMode:i* 4:optional:b*",
  "core.Container":
    "1:name:s 2:image:s 3:command:s[] 4:args:s[] 5:workingDir:s 6:ports:core.ContainerPort[] 19:envFrom:core.EnvFromSource[] 7:env:core.EnvVar[] 8:resources:core.ResourceRequirements 24:restartPolicy:s* 9:volumeMounts:core.VolumeMount[] 21:volumeDevices:core.VolumeDevice[] 10:livenessProbe:core.Probe* 11:readinessProbe:core.Probe* 22:startupProbe:core.Probe* 12:lifecycle:core.Lifecycle* 13:terminationMessagePath:s 20:terminationMessagePolicy:s 14:imagePullPolicy:s 15:securityContext:core.SecurityContext* 16:stdin:b 17:stdinOnce:b 18:tty:b",
  "core.ContainerPort": "1:name:s 2:hostPort:i 3:containerPort:i 4:protocol:s 5:hostIP:s",
  "core.DownwardAPIProjection": "1:items:core.DownwardAPIVolumeFile[]",
  "core.DownwardAPIVolumeFile":
    "1:path:s 2:fieldRef:core.ObjectFieldSelector* 3:resourceFieldRef:core.ResourceFieldSelector* 4:mode:i*",
  "core.DownwardAPIVolumeSource": "1:items:core.DownwardAPIVolumeFile[] 2:defaultMode:i*",
  "core.EmptyDirVolumeSource": "1:medium:s 2:sizeLimit:@quantity*",
  "core.EnvFromSource": "1:prefix:s 2:configMapRef:core.ConfigMapEnvSource* 3:secretRef:core.SecretEnvSource*",
  "core.EnvVar": "1:name:s 2:value:s 3:valueFrom:core.EnvVarSource*",
  "core.EnvVarSource":
    "1:fieldRef:core.ObjectFieldSelector* 2:resourceFieldRef:core.ResourceFieldSelector* 3:configMapKeyRef:core.ConfigMapKeySelector* 4:secretKeyRef:core.SecretKeySelector* 5:fileKeyRef:core.FileKeySelector*",
  "core.Event":
    "1:metadata:meta.ObjectMeta 2:involvedObject:core.ObjectReference 3:reason:s 4:message:s 5:source:core.EventSource 6:firstTimestamp:@time 7:lastTimestamp:@time 8:count:i 9:type:s 10:eventTime:@time 11:series:core.EventSeries* 12:action:s 13:related:core.ObjectReference* 14:reportingComponent:s 15:reportingInstance:s",
  "core.EventSeries": "1:count:i 2:lastObservedTime:@time",
  "core.EventSource": "1:component:s 2:host:s",
  "core.ExecAction": "1:command:s[]",
  "core.FileKeySelector": "1:volumeName:s 2:path:s 3:key:s 4:optional:b*",
  "core.GRPCAction": "1:port:i 2:service:s*",
  "core.HTTPGetAction": "1:path:s 2:port:@intOrString 3:host:s 4:scheme:s 5:httpHeaders:core.HTTPHeader[]",
  "core.HTTPHeader": "1:name:s 2:value:s",
  "core.HostAlias": "1:ip:s 2:hostnames:s[]",
  "core.HostPathVolumeSource": "1:path:s 2:type:s*",
  "core.KeyToPath": "1:key:s 2:path:s 3:mode:i*",
  "core.Lifecycle": "1:postStart:core.LifecycleHandler* 2:preStop:core.LifecycleHandler* 3:stopSignal:s*",
  "core.LifecycleHandler":
    "1:exec:core.ExecAction* 2:httpGet:core.HTTPGetAction* 3:tcpSocket:core.TCPSocketAction* 4:sleep:core.SleepAction*",
  "core.LocalObjectReference": "1:name:s",
  "core.NFSVolumeSource": "1:server:s 2:path:s 3:readOnly:b",
  "core.Namespace": "1:metadata:meta.ObjectMeta 2:spec:core.NamespaceSpec 3:status:!",
  "core.NamespaceSpec": "1:finalizers:s[]",
  "core.NodeAffinity":
    "1:requiredDuringSchedulingIgnoredDuringExecution:core.NodeSelector* 2:preferredDuringSchedulingIgnoredDuringExecution:core.PreferredSchedulingTerm[]",
  "core.NodeSelector": "1:nodeSelectorTerms:core.NodeSelectorTerm[]",
  "core.NodeSelectorRequirement": "1:key:s 2:operator:s 3:values:s[]",
  "core.NodeSelectorTerm":
    "1:matchExpressions:core.NodeSelectorRequirement[] 2:matchFields:core.NodeSelectorRequirement[]",
  "core.ObjectFieldSelector": "1:apiVersion:s 2:fieldPath:s",
  "core.ObjectReference": "1:kind:s 2:namespace:s 3:name:s 4:uid:s 5:apiVersion:s 6:resourceVersion:s 7:fieldPath:s",
  "core.PersistentVolumeClaimVolumeSource": "1:claimName:s 2:readOnly:b",
  "core.Pod": "1:metadata:meta.ObjectMeta 2:spec:core.PodSpec 3:status:!",
  "core.PodAffinity":
    "1:requiredDuringSchedulingIgnoredDuringExecution:core.PodAffinityTerm[] 2:preferredDuringSchedulingIgnoredDuringExecution:core.WeightedPodAffinityTerm[]",
  "core.PodAffinityTerm":
    "1:labelSelector:meta.LabelSelector* 2:namespaces:s[] 3:topologyKey:s 4:namespaceSelector:meta.LabelSelector* 5:matchLabelKeys:s[] 6:mismatchLabelKeys:s[]",
  "core.PodAntiAffinity":
    "1:requiredDuringSchedulingIgnoredDuringExecution:core.PodAffinityTerm[] 2:preferredDuringSchedulingIgnoredDuringExecution:core.WeightedPodAffinityTerm[]",
  "core.PodDNSConfig": "1:nameservers:s[] 2:searches:s[] 3:options:core.PodDNSConfigOption[]",
  "core.PodDNSConfigOption": "1:name:s 2:value:s*",
  "core.PodOS": "1:name:s",
  "core.PodReadinessGate": "1:conditionType:s",
  "core.PodSchedulingGate": "1:name:s",
  "core.PodSecurityContext":
    "1:seLinuxOptions:core.SELinuxOptions* 2:runAsUser:i* 6:runAsGroup:i* 3:runAsNonRoot:b* 4:supplementalGroups:i[] 12:supplementalGroupsPolicy:s* 5:fsGroup:i* 7:sysctls:core.Sysctl[] 9:fsGroupChangePolicy:s* 10:seccompProfile:core.SeccompProfile* 11:appArmorProfile:core.AppArmorProfile* 13:seLinuxChangePolicy:s*",
  "core.PodSpec":
    "1:volumes:core.Volume[] 20:initContainers:core.Container[] 2:containers:core.Container[] 3:restartPolicy:s 4:terminationGracePeriodSeconds:i* 5:activeDeadlineSeconds:i* 6:dnsPolicy:s 7:nodeSelector:s{} 8:serviceAccountName:s 9:serviceAccount:s 21:automountServiceAccountToken:b* 10:nodeName:s 11:hostNetwork:b 12:hostPID:b 13:hostIPC:b 27:shareProcessNamespace:b* 14:securityContext:core.PodSecurityContext* 15:imagePullSecrets:core.LocalObjectReference[] 16:hostname:s 17:subdomain:s 18:affinity:core.Affinity* 19:schedulerName:s 22:tolerations:core.Toleration[] 23:hostAliases:core.HostAlias[] 24:priorityClassName:s 25:priority:i* 26:dnsConfig:core.PodDNSConfig* 28:readinessGates:core.PodReadinessGate[] 29:runtimeClassName:s* 30:enableServiceLinks:b* 31:preemptionPolicy:s* 32:overhead:@quantity{} 33:topologySpreadConstraints:core.TopologySpreadConstraint[] 35:setHostnameAsFQDN:b* 36:os:core.PodOS* 37:hostUsers:b* 38:schedulingGates:core.PodSchedulingGate[] 40:resources:core.ResourceRequirements* 41:hostnameOverride:s*",
  "core.PodTemplateSpec": "1:metadata:meta.ObjectMeta 2:spec:core.PodSpec",
  "core.PreferredSchedulingTerm": "1:weight:i 2:preference:core.NodeSelectorTerm",
  "core.Probe":
    "1:-:core.ProbeHandler 2:initialDelaySeconds:i 3:timeoutSeconds:i 4:periodSeconds:i 5:successThreshold:i 6:failureThreshold:i 7:terminationGracePeriodSeconds:i*",
  "core.ProbeHandler":
    "1:exec:core.ExecAction* 2:httpGet:core.HTTPGetAction* 3:tcpSocket:core.TCPSocketAction* 4:grpc:core.GRPCAction*",
  "core.ProjectedVolumeSource": "1:sources:core.VolumeProjection[] 2:defaultMode:i*",
  "core.ResourceClaim": "1:name:s 2:request:s",
  "core.ResourceFieldSelector": "1:containerName:s 2:resource:s 3:divisor:@quantity",
  "core.ResourceRequirements": "1:limits:@quantity{} 2:requests:@quantity{} 3:claims:core.ResourceClaim[]",
  "core.SELinuxOptions": "1:user:s 2:role:s 3:type:s 4:level:s",
  "core.SeccompProfile": "1:type:s 2:localhostProfile:s*",
  "core.Secret": "1:metadata:meta.ObjectMeta 5:immutable:b* 2:data:y{} 4:stringData:s{} 3:type:s",
  "core.SecretEnvSource": "1:-:core.LocalObjectReference 2:optional:b*",
  "core.SecretKeySelector": "1:-:core.LocalObjectReference 2:key:s 3:optional:b*",
  "core.SecretProjection": "1:-:core.LocalObjectReference 2:items:core.KeyToPath[] 4:optional:b*",
  "core.SecretVolumeSource": "1:secretName:s 2:items:core.KeyToPath[] 3:defaultMode:i* 4:optional:b*",
  "core.SecurityContext":
    "1:capabilities:core.Capabilities* 2:privileged:b* 3:seLinuxOptions:core.SELinuxOptions* 4:runAsUser:i* 8:runAsGroup:i* 5:runAsNonRoot:b* 6:readOnlyRootFilesystem:b* 7:allowPrivilegeEscalation:b* 9:procMount:s* 11:seccompProfile:core.SeccompProfile* 12:appArmorProfile:core.AppArmorProfile*",
  "core.Service": "1:metadata:meta.ObjectMeta 2:spec:core.ServiceSpec 3:status:!",
  "core.ServiceAccount":
    "1:metadata:meta.ObjectMeta 2:secrets:core.ObjectReference[] 3:imagePullSecrets:core.LocalObjectReference[] 4:automountServiceAccountToken:b*",
  "core.ServiceAccountTokenProjection": "1:audience:s 2:expirationSeconds:i* 3:path:s",
  "core.ServicePort": "1:name:s 2:protocol:s 6:appProtocol:s* 3:port:i 4:targetPort:@intOrString 5:nodePort:i",
  "core.ServiceSpec":
    "1:ports:core.ServicePort[] 2:selector:s{} 3:clusterIP:s 18:clusterIPs:s[] 4:type:s 5:externalIPs:s[] 7:sessionAffinity:s 8:loadBalancerIP:s 9:loadBalancerSourceRanges:s[] 10:externalName:s 11:externalTrafficPolicy:s 12:healthCheckNodePort:i 13:publishNotReadyAddresses:b 14:sessionAffinityConfig:core.SessionAffinityConfig* 19:ipFamilies:s[] 17:ipFamilyPolicy:s* 20:allocateLoadBalancerNodePorts:b* 21:loadBalancerClass:s* 22:internalTrafficPolicy:s* 23:trafficDistribution:s*",
  "core.SessionAffinityConfig": "1:clientIP:core.ClientIPConfig*",
  "core.SleepAction": "1:seconds:i",
  "core.Sysctl": "1:name:s 2:value:s",
  "core.TCPSocketAction": "1:port:@intOrString 2:host:s",
  "core.Toleration": "1:key:s 2:operator:s 3:value:s 4:effect:s 5:tolerationSeconds:i*",
  "core.TopologySpreadConstraint":
    "1:maxSkew:i 2:topologyKey:s 3:whenUnsatisfiable:s 4:labelSelector:meta.LabelSelector* 5:minDomains:i* 6:nodeAffinityPolicy:s* 7:nodeTaintsPolicy:s* 8:matchLabelKeys:s[]",
  "core.Volume": "1:name:s 2:-:core.VolumeSource",
  "core.VolumeDevice": "1:name:s 2:devicePath:s",
  "core.VolumeMount":
    "1:name:s 2:readOnly:b 7:recursiveReadOnly:s* 3:mountPath:s 4:subPath:s 5:mountPropagation:s* 6:subPathExpr:s",
  "core.VolumeProjection":
    "1:secret:core.SecretProjection* 2:downwardAPI:core.DownwardAPIProjection* 3:configMap:core.ConfigMapProjection* 4:serviceAccountToken:core.ServiceAccountTokenProjection*",
  "core.VolumeSource":
    "1:hostPath:core.HostPathVolumeSource* 2:emptyDir:core.EmptyDirVolumeSource* 6:secret:core.SecretVolumeSource* 7:nfs:core.NFSVolumeSource* 10:persistentVolumeClaim:core.PersistentVolumeClaimVolumeSource* 16:downwardAPI:core.DownwardAPIVolumeSource* 19:configMap:core.ConfigMapVolumeSource* 26:projected:core.ProjectedVolumeSource*",
  "core.WeightedPodAffinityTerm": "1:weight:i 2:podAffinityTerm:core.PodAffinityTerm",
  "discovery.Endpoint":
    "1:addresses:s[] 2:conditions:discovery.EndpointConditions 3:hostname:s* 4:targetRef:core.ObjectReference* 5:deprecatedTopology:s{} 6:nodeName:s* 7:zone:s* 8:hints:discovery.EndpointHints*",
  "discovery.EndpointConditions": "1:ready:b* 2:serving:b* 3:terminating:b*",
  "discovery.EndpointHints": "1:forZones:discovery.ForZone[] 2:forNodes:discovery.ForNode[]",
  "discovery.EndpointPort": "1:name:s* 2:protocol:s* 3:port:i* 4:appProtocol:s*",
  "discovery.EndpointSlice":
    "1:metadata:meta.ObjectMeta 4:addressType:s 2:endpoints:discovery.Endpoint[] 3:ports:discovery.EndpointPort[]",
  "discovery.ForNode": "1:name:s",
  "discovery.ForZone": "1:name:s",
  "meta.DeleteOptions":
    "1:gracePeriodSeconds:i* 2:preconditions:meta.Preconditions* 3:orphanDependents:b* 4:propagationPolicy:s* 5:dryRun:s[] 6:ignoreStoreReadErrorWithClusterBreakingPotential:b*",
  "meta.FieldSelectorRequirement": "1:key:s 2:operator:s 3:values:s[]",
  "meta.LabelSelector": "1:matchLabels:s{} 2:matchExpressions:meta.LabelSelectorRequirement[]",
  "meta.LabelSelectorRequirement": "1:key:s 2:operator:s 3:values:s[]",
  "meta.ObjectMeta":
    "1:name:s 2:generateName:s 3:namespace:s 4:selfLink:s 5:uid:s 6:resourceVersion:s 7:generation:i 8:creationTimestamp:@time 9:deletionTimestamp:@time* 10:deletionGracePeriodSeconds:i* 11:labels:s{} 12:annotations:s{} 13:ownerReferences:meta.OwnerReference[] 14:finalizers:s[] 17:managedFields:![]",
  "meta.OwnerReference": "5:apiVersion:s 1:kind:s 3:name:s 4:uid:s 6:controller:b* 7:blockOwnerDeletion:b*",
  "meta.Preconditions": "1:uid:s* 2:resourceVersion:s*",
  "networking.IPBlock": "1:cidr:s 2:except:s[]",
  "networking.NetworkPolicy": "1:metadata:meta.ObjectMeta 2:spec:networking.NetworkPolicySpec",
  "networking.NetworkPolicyEgressRule": "1:ports:networking.NetworkPolicyPort[] 2:to:networking.NetworkPolicyPeer[]",
  "networking.NetworkPolicyIngressRule": "1:ports:networking.NetworkPolicyPort[] 2:from:networking.NetworkPolicyPeer[]",
  "networking.NetworkPolicyPeer":
    "1:podSelector:meta.LabelSelector* 2:namespaceSelector:meta.LabelSelector* 3:ipBlock:networking.IPBlock*",
  "networking.NetworkPolicyPort": "1:protocol:s* 2:port:@intOrString* 3:endPort:i*",
  "networking.NetworkPolicySpec":
    "1:podSelector:meta.LabelSelector 2:ingress:networking.NetworkPolicyIngressRule[] 3:egress:networking.NetworkPolicyEgressRule[] 4:policyTypes:s[]",
  "policy.Eviction": "1:metadata:meta.ObjectMeta 2:deleteOptions:meta.DeleteOptions*",
  "policy.PodDisruptionBudget": "1:metadata:meta.ObjectMeta 2:spec:policy.PodDisruptionBudgetSpec 3:status:!",
  "policy.PodDisruptionBudgetSpec":
    "1:minAvailable:@intOrString* 2:selector:meta.LabelSelector* 3:maxUnavailable:@intOrString* 4:unhealthyPodEvictionPolicy:s",
  "rbac.AggregationRule": "1:clusterRoleSelectors:meta.LabelSelector[]",
  "rbac.ClusterRole": "1:metadata:meta.ObjectMeta 2:rules:rbac.PolicyRule[] 3:aggregationRule:rbac.AggregationRule*",
  "rbac.ClusterRoleBinding": "1:metadata:meta.ObjectMeta 2:subjects:rbac.Subject[] 3:roleRef:rbac.RoleRef",
  "rbac.PolicyRule": "1:verbs:s[] 2:apiGroups:s[] 3:resources:s[] 4:resourceNames:s[] 5:nonResourceURLs:s[]",
  "rbac.Role": "1:metadata:meta.ObjectMeta 2:rules:rbac.PolicyRule[]",
  "rbac.RoleBinding": "1:metadata:meta.ObjectMeta 2:subjects:rbac.Subject[] 3:roleRef:rbac.RoleRef",
  "rbac.RoleRef": "1:apiGroup:s 2:kind:s 3:name:s",
  "rbac.Subject": "1:kind:s 2:apiGroup:s 3:name:s 4:namespace:s",
};
