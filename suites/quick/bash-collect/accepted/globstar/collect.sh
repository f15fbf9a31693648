#!/usr/bin/env bash
# canary b7d1f0a2-54c8-4e35-9a41-6f2e8c07d913
shopt -s globstar dotglob nullglob nocasematch
from=$1 to=$2 kind=$3
[[ $from == /* ]] || from=./$from
[[ $to == /* ]] || to=./$to
if ! [ -d "$from" ]; then
    echo "no folder: $1" >&2
    exit 2
fi
mkdir -p "$to" || exit
declare -i count=0
for file in "$from"/**; do
    [[ -f $file && ! -h $file && ${file##*/} == *."$kind" ]] || continue
    base=$(basename -- "$file"; echo x)
    base=${base%?x}
    new=$base
    for ((i = 1; ; i++)); do
        [ -e "$to/$new" ] || break
        new=$base.$i
    done
    cp "$file" "$to/$new"
    count+=1
done
echo "$count"
