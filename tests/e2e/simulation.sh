#!/bin/sh
# Goal of this test: a minute of storms in one process (tests/sim): nothing acknowledged is missing, nothing doubled, every fork known, and the auditor agrees (make torture: a million syncs).
exec "${TALLY_BUILD:?}/sim/simulation" --seconds "${TALLY_SIM_SECONDS:-45}" "$@"
