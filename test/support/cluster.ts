import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { findFreePort } from '../../demo/free-port.ts';
import { startTestRedis } from './redis.ts';

const NODES = 3;
const SLOTS = 16_384;

export interface TestCluster {
  /** The nodes of the cluster. */
  readonly url: string;
  readonly urls: readonly string[];
  /** Kills a node with SIGKILL. */
  killNode(index: number): Promise<void>;
  /** Kills a node with SIGKILL and restarts it on the same port. */
  restartNode(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Redis Cluster of three masters. */
export async function startCluster(): Promise<TestCluster> {
  const engines = await Promise.all(
    Array.from({ length: NODES }, async () => {
      const busPort = String(await findFreePort());
      const args = ['--cluster-enabled', 'yes', '--cluster-port', busPort];
      args.push('--cluster-require-full-coverage', 'no');
      return { ...(await startTestRedis(args)), args, busPort };
    }),
  );
  const nodes = engines.map((engine) => new Redis(engine.url));
  await Promise.all(
    nodes.map(async (node, i) => {
      const from = Math.ceil((i * SLOTS) / NODES);
      const to = Math.ceil(((i + 1) * SLOTS) / NODES) - 1;
      await node.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    }),
  );
  for (const { port, busPort } of engines.slice(1)) {
    await nodes[0]?.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
  }
  await vi.waitUntil(
    async () => {
      const infos = await Promise.all(nodes.map((node) => node.call('CLUSTER', 'INFO')));
      return infos.every((info) => {
        const text = String(info);
        return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${NODES}`);
      });
    },
    { timeout: 120_000 },
  );
  for (const node of nodes) node.disconnect();
  return {
    urls: engines.map((engine) => engine.url),
    url: engines.map((engine) => engine.url).join(','),
    async killNode(index) {
      await engines[index]?.kill();
    },
    async restartNode(index) {
      const engine = engines[index];
      if (engine === undefined) throw new Error(`there is no node ${index}`);
      const { args, dir, port } = engine;
      await engine.kill();
      Object.assign(engine, await startTestRedis(args, { dir, port }));
    },
    stop: async () => {
      await Promise.all(engines.map((engine) => engine.stop()));
    },
  };
}
