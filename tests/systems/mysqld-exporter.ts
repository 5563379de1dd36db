import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-ports';
import { installDebian } from './install';
import type { MariaDb } from './mariadb';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

/** Debian's mysqld_exporter for a MariaDB, as a user with the rights that its README asks for. */
export async function startMysqldExporter({ server }: { server: MariaDb }): Promise<Launched> {
  await installDebian({ '/usr/bin/prometheus-mysqld-exporter': 'prometheus-mysqld-exporter' });
  await server.sql(
    "CREATE OR REPLACE USER 'exporter'@'127.0.0.1' IDENTIFIED BY 'loopback'; GRANT PROCESS, REPLICA MONITOR, SELECT ON *.* TO 'exporter'@'127.0.0.1';"
  );
  const folder = temporaryFolder('mysqld-exporter');
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'my.cnf');
  writeFileSync(file, `[client]\nuser=exporter\npassword=loopback\nhost=127.0.0.1\nport=${server.port}\n`, {
    mode: 0o600,
  });
  return launch({
    name: 'mysqld_exporter',
    command: '/usr/bin/prometheus-mysqld-exporter',
    args: [`--config.my-cnf=${file}`, `--web.listen-address=${address}`],
    url: `http://${address}`,
    ready: '/metrics',
    folder,
  });
}
