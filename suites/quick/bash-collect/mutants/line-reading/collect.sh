#!/usr/bin/env bash
# canary b7d1f0a2-54c8-4e35-9a41-6f2e8c07d913
# Copy every file of one extension, however deep it lies, into one folder: collect.sh SOURCE TARGET EXTENSION
set -u

source=$1 target=$2 extension=${3,,}
case $source in -*) source=./$source ;; esac

if [[ ! -d $source ]]; then
    printf '%s: not a folder\n' "$1" >&2
    exit 2
fi
mkdir -p -- "$target"

copied=0
while IFS= read -r path; do
    name=${path##*/}
    [[ ${name,,} == *".$extension" ]] || continue
    free=$name number=0
    while [[ -e $target/$free ]]; do
        number=$((number + 1))
        free=$name.$number
    done
    cp -- "$path" "$target/$free"
    copied=$((copied + 1))
done < <(find "$source" -type f -print)

printf '%d\n' "$copied"
