#!/usr/bin/env bash
# Whether the site of this container answers: exit code 0 or 1. It asks through the shell's own sockets: the image has no curl.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/${Web__Port:-5080}"
printf 'GET /health/live HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
IFS= read -r -t 4 answer <&3
[[ $answer == "HTTP/1."?" 200 "* ]]
