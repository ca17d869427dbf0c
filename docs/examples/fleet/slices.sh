#!/usr/bin/env bash
# Runs the play in slices at the same time: slices.sh HOSTS SLICES [OPTION-OF-ansible-playbook ...]
set -eu
hosts=$1 slices=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
size=$(((hosts + slices - 1) / slices))
options=${*:+$(printf '%q ' "$@")}
running=()
for ((first = 0; first < hosts; first += size)); do
    ansible-runner run "$here" --ident "slice-$first" --playbook provision.yml \
        --limit "orders[$first:$((first + size - 1))]" --cmdline "$options" &
    running+=($!)
done
failed=0
for job in "${running[@]}"; do
    wait "$job" || failed=1
done
exit "$failed"
