#!/usr/bin/env bash
# A tour of kubectl against one cluster: prints each command, what it printed and how it exited, with ages, UIDs,
# addresses and generated names made alike, so that two runs can be compared.
#
#   KUBECONFIG=... packages/sandbox/kubectl/script.sh | diff packages/sandbox/kubectl/expected.txt -
#
# Works in the namespace `kubectl-tour`, which it creates and deletes. Commands that change a node are run only where
# TOUR_NODE names one that may be drained. KUBECTL names another kubectl than the one on the path.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kubectl=${KUBECTL:-kubectl}
scratch=$(mktemp -d)
cp "${KUBECONFIG:?names the cluster to tour}" "$scratch/kubeconfig"
export KUBECONFIG=$scratch/kubeconfig KUBECACHEDIR=$scratch/cache KUBECTL_EXTERNAL_DIFF="diff -u"
cd "$here/manifests" || exit 1

finish() {
  "$kubectl" delete namespace kubectl-tour --ignore-not-found --wait=false >"$scratch/last" 2>&1
  [ -z "${TOUR_NODE:-}" ] || "$kubectl" uncordon "$TOUR_NODE" >"$scratch/last" 2>&1
  rm -rf "$scratch"
}
trap finish EXIT

named() {
  sed -E -e "s#${TOUR_NODE:-no-node-was-named}#NODE#g" -e "s#$scratch#SCRATCH#g"
}

alike() {
  named | sed -E \
    -e 's#https://[^ ]+:[0-9]+#https://SERVER#g' \
    -e 's/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/UID/g' \
    -e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' \
    -e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} [+-][0-9]{4} [A-Z]+/TIME/g' \
    -e 's/(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} [+-][0-9]{4}/TIME/g' \
    -e 's/^([-+]{3}) \S+\t.*/\1 FILE/; s/^(diff .*) \S+ \S+$/\1 FILE FILE/' \
    -e 's/\b([0-9]{1,3}\.){3}[0-9]{1,3}\b/ADDRESS/g' \
    -e 's/([Rr]esource ?-?[Vv]ersion[^0-9a-z]{1,5})[0-9]+/\1VERSION/' \
    -e 's/\b(web)-[0-9a-z]{8,10}-[0-9a-z]{5}\b/\1-HASH-POD/g; s/\b(web)-[0-9a-z]{8,10}\b/\1-HASH/g' \
    -e 's/(pod-template-hash[=:] ?)"?[0-9a-z]{8,10}"?/\1HASH/g' \
    -e 's#containerd://[0-9a-f]{64}#containerd://ID#g' \
    -e 's/kube-api-access-[0-9a-z]{5}/kube-api-access-SUFFIX/g' \
    -e 's/(^|[ (])([0-9]+y)?([0-9]+d)?([0-9]+h)?([0-9]+m)?[0-9]+(\.[0-9]+)?[smhd]( ago)?( |\)|$)/\1AGE\7\8/g' \
    -e 's/([^ ]) {2,}/\1  /g; s/[ \t]+$//' | awk 1
}

run() {
  printf '\n$ kubectl %s\n' "$*" | named
  "$kubectl" "$@" >"$scratch/out" 2>&1
  local code=$?
  alike <"$scratch/out"
  [ $code -eq 0 ] || echo "[exit $code]"
}
# For what is printed in an order of its own.
sorted() { run "$@" | { head -2; LC_ALL=C sort; }; }
silent() { "$kubectl" "$@" >"$scratch/last" 2>&1 || { echo "! kubectl $*"; alike <"$scratch/last"; }; }
part() { printf '\n# %s\n' "$*"; }

part "who and where"
run config current-context
run config view -o "jsonpath={.contexts[*].name}"
run create namespace kubectl-tour
run config set-context --current --namespace=kubectl-tour
run config view --minify -o "jsonpath={..namespace}"
run auth whoami -o "jsonpath={.status.userInfo.username}"
run get --raw /healthz
run get --raw /apis/apps/v1/namespaces/kubectl-tour/deployments
run api-resources --api-group=apps --no-headers
run api-resources --api-group=networking.k8s.io -o name
run explain deployment.spec.strategy.type
run explain networkpolicy.spec --api-version=networking.k8s.io/v1

part "apply, and what is there then"
run apply -f shop.yaml
silent wait --for=condition=Available deployment/web --timeout=60s
run apply -f shop.yaml
run get deployments
run get deployment web -o wide
run get service web
run get deployment/web service/web -o name
run get pods -l app=web -o "custom-columns=IMAGE:.spec.containers[0].image,PHASE:.status.phase"
run get pods --field-selector=status.phase=Running -l app=web -o "jsonpath={range .items[*]}{.status.phase}{'\n'}{end}"
run get pods --field-selector=status.phase=Pending
run get replicasets -L app
run get deployment web -o "go-template={{.spec.replicas}} of {{.metadata.name}}"
run get deployment web --show-labels
run get service web -o yaml
run get endpointslices -l kubernetes.io/service-name=web -o "jsonpath={.items[*].ports[*].port}"
run get all -o name --sort-by=.kind
run describe service web
run describe deployment web
run describe replicaset -l app=web
run describe namespace kubectl-tour

part "events"
run create -f event.yaml
run get events
run get events -o wide
run events --for deployment/web
run get events --field-selector=involvedObject.name=web,type=Normal -o name
silent delete event web.tour

part "diff, edit, label, annotate, patch, set, replace"
run diff -f shop.yaml
sed 's/replicas: 2/replicas: 3/' shop.yaml >"$scratch/shop.yaml"
run diff -f "$scratch/shop.yaml"
KUBE_EDITOR="sed -i s/colour:.blue/colour:\ teal/"
export KUBE_EDITOR
run apply -f settings.yaml
run edit configmap first
run get configmap first -o "jsonpath={.data}"
KUBE_EDITOR=true run edit configmap first
run label configmap first tier=front
run label configmap first tier=back
run label configmap first tier=back --overwrite
run label configmap -l set=settings seen=yes
run label configmap first tier-
run annotate configmap first note=kept
run get configmaps -l "set in (settings),tier!=front" -o name
run patch configmap first --type=merge -p '{"data":{"size":"10"}}'
run patch configmap first --type=json -p '[{"op":"remove","path":"/data/size"}]'
run patch configmap first -p '{"data":{"size":"11"}}'
run patch configmap first --type=json -p '[{"op":"remove","path":"/data/none"}]'
run set env deployment/web MODE=tour
run get deployment web -o "jsonpath={.spec.template.spec.containers[0].env}"
run create configmap first --from-literal=colour=white --dry-run=client -o yaml
run create configmap first --from-literal=colour=white
run create configmap first --from-literal=colour=white --dry-run=server
run apply --prune -l set=settings --prune-allowlist=core/v1/ConfigMap -f settings-later.yaml
run get configmaps -l set=settings
run apply view-last-applied configmap first -o json
run apply --server-side -f settings-later.yaml
run apply --server-side --field-manager=other -f settings.yaml
run apply --server-side --field-manager=other --force-conflicts -f settings.yaml
sed 's/colour: red/colour: grey/' settings-later.yaml >"$scratch/settings.yaml"
run replace -f "$scratch/settings.yaml"
run get -f "$scratch/settings.yaml" -o "jsonpath={.data}"
run describe configmap first
run delete configmaps -l set=settings

part "scale, roll out, roll back, wait"
silent rollout status deployment/web --timeout=60s
run scale deployment/web --replicas=3
run scale deployment/web --replicas=4 --current-replicas=9
silent rollout status deployment/web --timeout=60s
run get deployment web -o "jsonpath={.status.readyReplicas}"
run set image deployment/web web=registry.k8s.io/pause:3.10
silent rollout status deployment/web --timeout=60s
run rollout status deployment/web
run rollout history deployment/web
run rollout undo deployment/web
silent rollout status deployment/web --timeout=60s
run get pods -l app=web -o "jsonpath={.items[*].spec.containers[0].image}"
run rollout pause deployment/web
run rollout resume deployment/web
run rollout restart deployment/web
silent rollout status deployment/web --timeout=60s
run wait --for=condition=Available deployment/web --timeout=60s
run wait "--for=jsonpath={.spec.replicas}=3" deployment/web --timeout=60s
run wait --for=condition=Impossible deployment/web --timeout=0
run expose deployment web --name=web-2 --port=81
run delete service web-2

part "a watch"
"$kubectl" get configmaps -l watched=yes --watch -o name >"$scratch/watched" 2>&1 &
watching=$!
for name in one two; do
  silent create configmap "$name"
  silent label configmap "$name" watched=yes
  until grep -q "$name" "$scratch/watched"; do kill -0 $watching || break; done
done
kill $watching
wait $watching 2>"$scratch/last"
run get configmaps -l watched=yes -o name
echo "seen:"
cat "$scratch/watched"
run delete configmaps one two

part "network policies"
run apply -f allow-web.yaml
run get networkpolicy
run describe networkpolicy allow-web

part "who may do what"
run create serviceaccount reader
run create role reads --verb=get,list --resource=pods,deployments.apps
run create rolebinding reads --role=reads --serviceaccount=kubectl-tour:reader
as=--as=system:serviceaccount:kubectl-tour:reader
run auth can-i list pods $as
run auth can-i delete pods $as
run auth can-i "*" "*"
run auth can-i get pods --subresource=log $as
run auth can-i --list $as
run get configmaps $as
run get pods -l app=none $as
run describe role reads
run describe rolebinding reads
run get rolebinding reads -o wide
run create token reader --duration=10m --audience=nobody -o "jsonpath={.spec.expirationSeconds}"

part "what is refused or not served"
run cluster-info
run get nothings
run get configmap nobody
run apply -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: { name: wrong }
datum: { a: b }
EOF
run create deployment Web --image=x
run top pods
run logs deployment/web --tail=1
run exec deployment/web -- true

if "$kubectl" get --raw /apis/projectcalico.org/v3 >"$scratch/last" 2>&1; then
  part "Calico"
  run apply -f calico.yaml
  run get networksets.projectcalico.org,networkpolicies.projectcalico.org -o name
  run get networkpolicies.projectcalico.org partners-only -o "jsonpath={.spec.types} {.metadata.labels.projectcalico\.org/tier}"
  run describe networksets.projectcalico.org partners
  run explain networkpolicies.projectcalico.org.spec.ingress.action
  run patch networkpolicies.projectcalico.org partners-only --type=merge -p '{"spec":{"ingress":[{"action":"Refuse"}]}}'
  run delete -f calico.yaml
fi

if [ -n "${TOUR_NODE:-}" ]; then
  part "a node"
  run get pods -A --field-selector="spec.nodeName=$TOUR_NODE,metadata.namespace!=kubectl-tour" -o name
  run cordon "$TOUR_NODE"
  run get node "$TOUR_NODE"
  run taint node "$TOUR_NODE" tour=yes:NoSchedule
  run get node "$TOUR_NODE" -o "jsonpath={.spec.taints[*].key}"
  sorted drain "$TOUR_NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout=60s
  silent rollout status deployment/web --timeout=60s
  run get pods --field-selector="spec.nodeName=$TOUR_NODE" -o name
  run taint node "$TOUR_NODE" tour-
  run uncordon "$TOUR_NODE"
  run describe node "$TOUR_NODE"
fi

part "and away with it"
run run stray --image=registry.k8s.io/pause:3.9 --restart=Never
silent wait --for=condition=Ready pod/stray --timeout=60s
run describe pod stray
run get pod stray -o wide
run delete pod stray --now
run delete deployment web --cascade=orphan
run get replicasets -o "jsonpath={.items[*].metadata.ownerReferences}"
run delete replicasets -l app=web --wait=false
run delete -f shop.yaml -f allow-web.yaml --ignore-not-found
silent wait --for=delete pods -l app=web --timeout=60s
run get all
run delete namespace kubectl-tour
run get namespace kubectl-tour
