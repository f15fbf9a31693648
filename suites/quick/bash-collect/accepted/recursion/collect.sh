#!/usr/bin/env bash
# canary b7d1f0a2-54c8-4e35-9a41-6f2e8c07d913
total=0
suffix=$(printf '%s' "$3" | tr '[:upper:]' '[:lower:]')

keep() {
    local name="${1##*/}" place n=1
    place="$target/$name"
    while [ -e "$place" ] || [ -L "$place" ]; do
        place="$target/$name.$n"
        n=$((n + 1))
    done
    cat < "$1" > "$place"
    total=$((total + 1))
}

walk() {
    local entry
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        [ -L "$entry" ] && continue
        if [ -d "$entry" ]; then
            walk "$entry"
        elif [ -f "$entry" ]; then
            case "$(printf '%s' "${entry##*/}" | tr '[:upper:]' '[:lower:]')" in
                *".$suffix") keep "$entry" ;;
            esac
        fi
    done
}

test -d "$1" || { echo "collect.sh: $1 is not a folder" 1>&2; exit 2; }
case "$1" in /*) root="$1" ;; *) root="./$1" ;; esac
case "$2" in /*) target="$2" ;; *) target="./$2" ;; esac
mkdir -p "$target"
walk "$root"
echo $total
