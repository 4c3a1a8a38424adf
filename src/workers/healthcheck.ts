import { hostname } from 'node:os';
import { readConfig } from '../process/config.ts';
import { createLogger } from '../process/logger.ts';
import { connectRedis } from '../redis/client.ts';
import { liveWorkers } from '../redis/heartbeat.ts';

// For container health checks: exits 0 when a worker of this host has sent a recent heartbeat.
const config = readConfig('worker');
const log = createLogger({ level: config.LOG_LEVEL, part: 'healthcheck' });
const redis = connectRedis(config.REDIS_URL, 'worker', log);
const workers = await liveWorkers(redis, Date.now());
redis.disconnect();
process.exitCode = workers.some((worker) => worker.host === hostname()) ? 0 : 1;
