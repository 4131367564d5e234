#!/bin/sh
# Goal of this test: auditor and independent checker agree about a few hundred changes to golden and fresh exports (make torture: 10,000).
exec "${TALLY_TOP:?}/tests/torture/agree.py" 400
