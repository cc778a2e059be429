#!/usr/bin/env bash
# Checks everything below deploy/ with the programs that will read it.
#
#   Scripts/check-deploy.sh            what is missing here is skipped, and said to be
#   Scripts/check-deploy.sh --strict   what is missing is a failure (continuous integration)
#   Scripts/check-deploy.sh --render   first write deploy/kubernetes/rendered anew (needs kubectl)
#
# The tools: Scripts/install-packages.sh deploy. kubernetes-validate comes from PyPI into .build.
# What needs a running service is in Scripts/check-deploy-live.py.
set -euo pipefail
cd "$(dirname "$0")/.."
strict=
render=
for argument in "$@"; do
  case $argument in
    --strict) strict=yes ;;
    --render) render=yes ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# check NAME PROGRAM COMMAND…: runs the command if the program is there.
check() {
  local name=$1 program=$2
  shift 2
  if ! command -v "$program" >/dev/null 2>&1; then
    missing "$name" "$program"
    return
  fi
  if "$@" >"$scratch/output" 2>&1; then
    printf '  ok       %s\n' "$name"
    return
  fi
  printf '  FAILED   %s\n' "$name"
  sed 's/^/           /' "$scratch/output"
  failures=$((failures + 1))
}

missing() {
  if [ -n "$strict" ]; then
    printf '  FAILED   %s: %s is missing\n' "$1" "$2"
    failures=$((failures + 1))
  else
    printf '  SKIPPED  %s: %s is missing (Scripts/install-packages.sh deploy)\n' "$1" "$2"
  fi
}

# The program itself need not be installed where its unit is checked.
verify_units() {
  mkdir -p "$scratch/units"
  for unit in deploy/systemd/*; do
    sed "s,/usr/local/bin/vflowopt,$(command -v true)," "$unit" >"$scratch/units/$(basename "$unit")"
  done
  local complaints
  complaints=$(systemd-analyze verify "$scratch"/units/* 2>&1) || true
  # Units of the machine itself are read along; what they complain of is not ours.
  ! grep vflowopt <<<"$complaints"
}

# At most 2.0 of 10.
exposure() { systemd-analyze security --offline=true --threshold=20 deploy/systemd/vflowopt.service; }

nginx_test() {
  sed "s,^pid .*,pid $scratch/nginx.pid;," deploy/proxies/nginx.conf >"$scratch/nginx.conf"
  nginx -t -c "$scratch/nginx.conf"
}

# Debian's docker-compose is older than the field `name`, and reads everything else. Nothing is started.
compose_config() {
  mkdir -p "$scratch/compose"
  cp -r deploy/prometheus deploy/grafana "$scratch"
  grep -v '^name:' deploy/compose/compose.yaml >"$scratch/compose/compose.yaml"
  docker-compose -f "$scratch/compose/compose.yaml" config
}

sources_hash() {
  find deploy/kubernetes/base deploy/kubernetes/components "deploy/kubernetes/overlays/$1" -type f |
    LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-64
}

render_overlay() {
  {
    echo "# Rendered from overlays/$1 by Scripts/check-deploy.sh --render; sources $(sources_hash "$1")"
    kubectl kustomize "deploy/kubernetes/overlays/$1"
  } >"$2/$1.yaml"
}

# Without kubectl the hash of the sources tells whether the rendered file is still theirs.
rendered_is_current() {
  local file=deploy/kubernetes/rendered/$1.yaml
  if [ "$(sed -n '1s/.* //p' "$file")" != "$(sources_hash "$1")" ]; then
    echo "$file is older than its sources; run Scripts/check-deploy.sh --render"
    return 1
  fi
  command -v kubectl >/dev/null 2>&1 || return 0
  render_overlay "$1" "$scratch"
  diff "$file" "$scratch/$1.yaml"
}

# A virtual environment below .build, made anew when the list changes.
python_tools() {
  local folder=.build/check-deploy
  if ! cmp -s deploy/requirements.txt $folder/requirements.txt; then
    rm -rf $folder
    python3 -m venv $folder >"$scratch/venv" 2>&1 &&
      $folder/bin/pip --quiet --disable-pip-version-check install --no-compile -r deploy/requirements.txt \
        >>"$scratch/venv" 2>&1 &&
      cp deploy/requirements.txt $folder/requirements.txt
  fi
  [ -x $folder/bin/kubernetes-validate ] && PATH=$PWD/$folder/bin:$PATH
}

# The oldest release of the autoscaler and sidecar fields used, and the newest that is known.
kubernetes_objects() {
  for version in 1.29 1.37; do
    kubernetes-validate --strict --quiet --kubernetes-version $version deploy/kubernetes/rendered/*.yaml ||
      return 1
  done
}

if [ -n "$render" ]; then
  mkdir -p deploy/kubernetes/rendered
  for overlay in base sidecar; do render_overlay $overlay deploy/kubernetes/rendered; done
fi

python_tools || missing "Python tools" "kubernetes-validate"
check "files parse and agree with each other" kubernetes-validate python3 Scripts/check-deploy.py
check "systemd units" systemd-analyze verify_units
check "systemd exposure at most 2.0" systemd-analyze exposure
for overlay in base sidecar; do
  check "kubernetes/rendered/$overlay.yaml is current" sh rendered_is_current $overlay
done
check "kubernetes objects" kubernetes-validate kubernetes_objects
check "prometheus configuration" promtool promtool check config deploy/prometheus/prometheus.yaml
check "alert rules" promtool promtool check rules deploy/prometheus/rules.yaml
check "alert rule tests" promtool promtool test rules deploy/prometheus/rules-test.yaml
check "compose file" docker-compose compose_config
check "nginx example" nginx nginx_test
check "haproxy example" haproxy haproxy -c -f deploy/proxies/haproxy.cfg
check "Envoy example" kubernetes-validate python3 Scripts/check-envoy.py
[ "$failures" -eq 0 ] && echo "deploy: clean"
exit $((failures > 0))
