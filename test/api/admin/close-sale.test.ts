import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { Client } from '../../support/client.ts';
import { proxyTo, type TcpProxy } from '../../support/proxy.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let postgres: TcpProxy;
beforeAll(async () => {
  system = await startSystem({
    async wrapDatabase(url) {
      postgres = await proxyTo(new URL(url));
      return postgres.url;
    },
  });
});
afterAll(async () => {
  await system.stop();
  postgres.close();
});

it('a second close that overtakes the recording of the first one shows a closed sale', async () => {
  const client = new Client(system.url);
  const other = new Client(await system.startAnotherApi());
  const sale = await client.createSale();
  const token = await client.token('seller', 'admin');
  const close = (at: Client) =>
    at.call<SaleView>('POST', `/api/admin/sales/${sale.id}/close`, { token });

  const commit = postgres.hold('insert into log', 'commit');
  const first = close(client);
  await commit.reached;
  const recording = postgres.hold('update "shards" set "log_seq"');
  const second = close(other);
  await Promise.race([recording.reached, second]); // it records, too, or has answered already
  recording.letGo();
  commit.letGo();

  for (const answer of [await first, await second]) {
    expect(answer).toMatchObject({ status: 200, body: { phase: 'closed' } });
  }
});
