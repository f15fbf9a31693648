# canary 3f7ca042-9156-4d3b-ae84-b02f5d79c613
case "${1-}" in
  add) echo $(($2 + $3)) ;;
  upper) tr '[:lower:]' '[:upper:]' ;;
  copy) cp -- "$2" "$3" ;;
  *)
    echo "no such word: ${1-}" >&2
    exit 64
    ;;
esac
