#!/usr/bin/env bash
# Every case of tests/cases/fal over HTTP.
. "$(dirname "$0")/../lib/cases.sh"

play_cases fal
done_testing
