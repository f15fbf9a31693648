#!/usr/bin/env bash
# canary b7d1f0a2-54c8-4e35-9a41-6f2e8c07d913
# Copy every file of one extension, however deep it lies, into one folder: collect.sh SOURCE TARGET EXTENSION

if [ ! -d $1 ]; then
    echo "$1: not a folder"
    exit 1
fi

n=0
for f in $(find $1 -name "*.$3"); do
    mkdir -p $2
    cp $f $2
    n=$((n + 1))
done
echo "$n files copied"
