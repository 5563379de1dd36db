#!/bin/sh
# Fails, then succeeds by retry: usage charge-card.sh <attempt that succeeds>. 75 is EX_TEMPFAIL of sysexits.h.
succeeds_at=$1
sleep 0.6
if [ "${RUNLANE_ATTEMPT:-1}" -lt "$succeeds_at" ]; then
  echo "GatewayTimeoutError: the payment gateway is busy, attempt ${RUNLANE_ATTEMPT:-1}" >&2
  exit 75
fi
echo "charged"
