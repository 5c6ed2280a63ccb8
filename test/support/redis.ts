import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { until } from './gateway.js';
import { freePort } from './ports.js';

const COMMAND = 'redis-server';

/** True if Redis is installed. */
export const hasRedis = spawnSync(COMMAND, ['--version']).status === 0;
if (!hasRedis) process.stderr.write(`${COMMAND} is not in PATH, so the tests with Redis are skipped.\n`);

/** Separate Redis server that stores nothing on the disk. */
export class TestRedis {
  readonly port: number;
  readonly #password: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, password: string) {
    this.port = port;
    this.#password = password;
  }

  static async start(password: string): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), password);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://:${this.#password}@127.0.0.1:${this.port}`;
  }

  /** Starts the server, empty and on the same port. */
  async start(): Promise<void> {
    const settings = { port: this.port, bind: '127.0.0.1', requirepass: this.#password, appendonly: 'no' };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn(COMMAND, [...args, '--save', ''], { stdio: 'ignore' });
    await until(
      () => this.entries(),
      (entries) => entries !== null,
    );
  }

  /** Returns all keys with their time to live, or null while the server does not respond. */
  async entries(): Promise<{ name: string; ttlMs: number }[] | null> {
    const client = new Redis(this.url, { lazyConnect: true, retryStrategy: null });
    client.on('error', () => {});
    try {
      await client.connect();
      const names = await client.keys('*');
      return await Promise.all(names.map(async (name) => ({ name, ttlMs: await client.pttl(name) })));
    } catch {
      return null;
    } finally {
      client.disconnect();
    }
  }

  /** Suspends the server. Connections stay open, but it does not respond. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}
