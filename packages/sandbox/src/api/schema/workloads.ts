import { conditions, kind, labelSelector, objectMeta } from "./meta";
import { podSpec, podStatus, podTemplate } from "./pod";
import { anything, flag, integer, intOrString, listOf, object, oneOf, text, time } from "./types";

const rollingUpdate = object({ maxUnavailable: intOrString, maxSurge: intOrString, partition: integer });

const counts = {
  replicas: integer,
  readyReplicas: integer,
  availableReplicas: integer,
  observedGeneration: integer,
  conditions,
  collisionCount: integer,
};

export const pod = kind({ spec: podSpec, status: podStatus });

export const deployment = kind({
  spec: object({
    replicas: integer,
    "selector!": labelSelector,
    "template!": podTemplate,
    strategy: { ...object({ type: oneOf("RollingUpdate", "Recreate"), rollingUpdate }), retainKeys: true },
    minReadySeconds: integer,
    revisionHistoryLimit: integer,
    paused: flag,
    progressDeadlineSeconds: integer,
  }),
  status: object({
    ...counts,
    updatedReplicas: integer,
    unavailableReplicas: integer,
    terminatingReplicas: integer,
  }),
});

export const replicaSet = kind({
  spec: object({ replicas: integer, "selector!": labelSelector, template: podTemplate, minReadySeconds: integer }),
  status: object({ ...counts, fullyLabeledReplicas: integer, terminatingReplicas: integer }),
});

export const statefulSet = kind({
  spec: object({
    replicas: integer,
    "selector!": labelSelector,
    "template!": podTemplate,
    serviceName: text,
    podManagementPolicy: oneOf("OrderedReady", "Parallel"),
    updateStrategy: object({ type: oneOf("RollingUpdate", "OnDelete"), rollingUpdate }),
    volumeClaimTemplates: listOf(anything),
    persistentVolumeClaimRetentionPolicy: object({ whenDeleted: text, whenScaled: text }),
    ordinals: object({ start: integer }),
    minReadySeconds: integer,
    revisionHistoryLimit: integer,
  }),
  status: object({
    ...counts,
    currentReplicas: integer,
    updatedReplicas: integer,
    currentRevision: text,
    updateRevision: text,
  }),
});

export const daemonSet = kind({
  spec: object({
    "selector!": labelSelector,
    "template!": podTemplate,
    updateStrategy: object({ type: oneOf("RollingUpdate", "OnDelete"), rollingUpdate }),
    minReadySeconds: integer,
    revisionHistoryLimit: integer,
  }),
  status: object({
    currentNumberScheduled: integer,
    numberMisscheduled: integer,
    desiredNumberScheduled: integer,
    numberReady: integer,
    updatedNumberScheduled: integer,
    numberAvailable: integer,
    numberUnavailable: integer,
    observedGeneration: integer,
    collisionCount: integer,
    conditions,
  }),
});

const jobSpec = object({
  parallelism: integer,
  completions: integer,
  activeDeadlineSeconds: integer,
  backoffLimit: integer,
  backoffLimitPerIndex: integer,
  completionMode: text,
  manualSelector: flag,
  maxFailedIndexes: integer,
  podFailurePolicy: anything,
  podReplacementPolicy: text,
  selector: labelSelector,
  successPolicy: anything,
  suspend: flag,
  managedBy: text,
  "template!": podTemplate,
  ttlSecondsAfterFinished: integer,
});

export const job = kind({ spec: jobSpec, status: anything });

export const cronJob = kind({
  spec: object({
    "schedule!": text,
    timeZone: text,
    concurrencyPolicy: oneOf("Allow", "Forbid", "Replace"),
    "jobTemplate!": object({ metadata: objectMeta, spec: jobSpec }),
    startingDeadlineSeconds: integer,
    successfulJobsHistoryLimit: integer,
    failedJobsHistoryLimit: integer,
    suspend: flag,
  }),
  status: object({ active: listOf(anything), lastScheduleTime: time, lastSuccessfulTime: time }),
});

/** The `scale` subresource. */
export const scale = kind({
  spec: object({ replicas: integer }),
  status: object({ replicas: integer, selector: text }),
});
