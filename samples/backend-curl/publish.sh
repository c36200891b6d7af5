#!/usr/bin/env bash
# A back end that publishes with nothing but curl. Each command prints the node's answer, a line of JSON.
#   ./publish.sh [node]      http://localhost:8081 if none is given; TOKEN=… where nodes want a token with the scope ds.api
set -euo pipefail
node=${1:-http://localhost:8081}
run=$(date +%s)-$$

api() {
  local path=$1
  shift
  curl -sS --fail-with-body "$node/api/$path" -H 'Content-Type: application/json' ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "$@"
  echo
}

# One message. The key makes it safe to repeat: the second time it is only acknowledged again ("dup":true).
api messages -H "Idempotency-Key: invoice-$run" -d '{"from":"billing","to":"bob","body":{"invoice":17,"due":"2026-12-24"},"ct":"application/vnd.example.invoice"}'
api messages -H "Idempotency-Key: invoice-$run" -d '{"from":"billing","to":"bob","body":{"invoice":17,"due":"2026-12-24"},"ct":"application/vnd.example.invoice"}'

# Many at once, each with an answer of its own. They arrive in this order.
api messages/batch -H "Idempotency-Key: reminder-$run" -d '{"messages":[
  {"from":"billing","to":"bob","body":"Your invoice is due tomorrow."},
  {"from":"billing","to":"bob","body":"Your invoice is due today."},
  {"from":"billing","to":"carol","body":"Bob is late.","ttl":3600}]}'

# A room: put somebody into it, say something there, read what was said.
api rooms/accounts/members/bob -X PUT
api messages -H "Idempotency-Key: note-$run" -d '{"from":"billing","room":"accounts","body":"Invoice 17 is out."}'
api "rooms/accounts/history?limit=10"
