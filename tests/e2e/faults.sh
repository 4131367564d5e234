#!/bin/sh
# Goal of this test: the real agent under failing system calls, a few of each kind (make torture walks every one).
exec "${TALLY_TOP:?}/tests/torture/inject.py" short
