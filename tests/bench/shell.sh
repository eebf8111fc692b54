#!/usr/bin/env bash
# What an engineer would write: one work tree, and for each folder a branch, a copy, sed, add, commit.
# usage: shell.sh WORK_TREE COUNT
set -euo pipefail
cd "$1"
for number in $(seq -f '%03g' 0 $(($2 - 1))); do
  folder="demo-$number"
  git checkout -q -b "shell/$folder" main
  mkdir -p apps
  cp -r "STAGING/$folder" "apps/$folder"
  find "apps/$folder" -name '*.ts' -exec sed -i 's#"\.\./\.\./\.\./utils"#"@shared/utils"#' {} +
  git add "apps/$folder"
  git commit -q -m "Copy $folder"
done
