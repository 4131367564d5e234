#!/bin/sh
# Goal of this test: 20 kills of agent and county under load (make torture runs 200).
exec "${TALLY_TOP:?}/tests/torture/kill.py" 20
