#!/usr/bin/env bash
# Every case of tests/cases/scenario over HTTP.
. "$(dirname "$0")/../lib/cases.sh"

play_cases scenario
done_testing
