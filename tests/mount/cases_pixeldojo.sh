#!/usr/bin/env bash
# Every case of tests/cases/pixeldojo over HTTP.
. "$(dirname "$0")/../lib/cases.sh"

play_cases pixeldojo
done_testing
