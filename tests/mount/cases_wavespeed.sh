#!/usr/bin/env bash
# Every case of tests/cases/wavespeed over HTTP.
. "$(dirname "$0")/../lib/cases.sh"

play_cases wavespeed
done_testing
