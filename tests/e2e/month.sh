#!/bin/sh
# Goal: a short run of tests/torture/month.py: three days of power cuts and lost clocks.
exec "${TALLY_TOP:?}/tests/torture/month.py" 3
