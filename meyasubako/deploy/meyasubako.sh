#!/bin/sh
# A command of the service, as its user and with its settings. Goes to /usr/local/bin/meyasubako.
set -eu
set -a
. /etc/meyasubako/meyasubako.env
set +a
# As systemd does: what PostgreSQL looks for at home (.pgpass, .postgresql) lies with the service, not with root.
export HOME=/var/lib/meyasubako
cd /var/lib/meyasubako
exec setpriv --reuid=meyasubako --regid=meyasubako --init-groups -- /opt/meyasubako/.venv/bin/meyasubako "$@"
