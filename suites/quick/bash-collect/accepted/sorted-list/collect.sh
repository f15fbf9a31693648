#!/usr/bin/env bash
# canary b7d1f0a2-54c8-4e35-9a41-6f2e8c07d913
set -euo pipefail
readonly here=$(realpath -ms -- "$1"; printf x) there=$(realpath -ms -- "$2"; printf x)
source=${here%$'\n'x} destination=${there%$'\n'x}
if [ ! -d "$source" ]; then
    printf 'collect: %q is not a folder\n' "$1" >&2
    exit 2
fi
mkdir -p "$destination"
mapfile -d '' -t found < <(find "$source" -type f -print0 | sort -z)
wanted=${3@L}
number=0
for file in "${found[@]+"${found[@]}"}"; do
    name=${file##*/}
    small=${name@L}
    if [ "${small: -$((${#wanted} + 1))}" != ".$wanted" ]; then
        continue
    fi
    copy=$name
    suffix=0
    until [ ! -e "$destination/$copy" ]; do
        : $((suffix += 1))
        copy="$name.$suffix"
    done
    cp -p "$file" "$destination/$copy"
    number=$((number + 1))
done
printf '%s\n' "$number"
