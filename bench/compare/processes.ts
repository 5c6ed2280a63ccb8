import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Core of the servers. The upstream and the load use the second core if there is one. */
const SERVER_CORE = 0;
const LOAD_CORE = availableParallelism() > 1 ? 1 : 0;
const STARTS_WITHIN_MS = 30_000;

/** Running servers, which must not outlive this process. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Moves a process with all its threads to the core of the load. */
export function pinToLoadCore(pid: number): void {
  spawnSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(pid)]);
}

/** Process with both upstreams for all servers. */
export class UpstreamProcess {
  readonly #child: ChildProcess;
  readonly ports: readonly number[];

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#child = child;
    this.ports = ports;
  }

  /** @param count Number of ports, whose calls are counted separately. */
  static async start(count: number): Promise<UpstreamProcess> {
    const child = fork(fileURLToPath(new URL('./upstream-process.js', import.meta.url)), [String(count)]);
    const [ports] = (await once(child, 'message')) as [number[]];
    pinToLoadCore(child.pid ?? 0);
    return new UpstreamProcess(child, ports);
  }

  /** Returns the number of calls at each port. */
  async calls(): Promise<readonly number[]> {
    this.#child.send('calls');
    const [calls] = (await once(this.#child, 'message')) as [number[]];
    return calls;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Process of a server under test, on the core of the servers. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly port: number;
  /** Milliseconds from the start of the process to its first response. */
  readonly startedInMs: number;

  private constructor(child: ChildProcess, folder: string, port: number, startedInMs: number) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
    this.startedInMs = startedInMs;
  }

  static async start(script: string, env: Record<string, string>): Promise<ServerProcess> {
    const folder = mkdtempSync(path.join(tmpdir(), 'promptgate-bench-'));
    const port = await freePort();
    const log = openSync(path.join(folder, 'log'), 'w');
    const startedAt = performance.now();
    const child = spawn('taskset', ['-c', String(SERVER_CORE), process.execPath, script], {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        DATA_DIR: folder,
        TMPDIR: folder,
        PORT: String(port),
        ...env,
      },
      stdio: ['ignore', log, log],
      cwd: folder,
    });
    running.add(child);
    child.on('exit', () => running.delete(child));
    const startedInMs = await firstResponse(child, port, startedAt).catch((error: Error) => {
      throw new Error(
        `${script}: ${error.message} ${readFileSync(path.join(folder, 'log'), 'utf8').slice(0, 2000)}`,
      );
    });
    return new ServerProcess(child, folder, port, startedInMs);
  }

  /** Returns the CPU time of all threads of the process in milliseconds, according to the kernel. */
  cpuMs(): number {
    const threads = readdirSync(`/proc/${this.#child.pid}/task`);
    const ran = threads.map((thread) => readThread(`/proc/${this.#child.pid}/task/${thread}/schedstat`));
    return ran.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
  }

  /** Returns the resident memory in MiB, and its peak since the start or the last reset. */
  memory(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const mebibytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
  }

  /** Resets the peak memory to the current size. */
  resetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Returns the CPU time of a thread in nanoseconds, or 0 if it has ended. */
function readThread(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

async function firstResponse(child: ChildProcess, port: number, startedAt: number): Promise<number> {
  while (performance.now() - startedAt < STARTS_WITHIN_MS) {
    if (child.exitCode !== null) throw new Error('The server has ended.');
    const response = await fetch(`http://127.0.0.1:${port}/livez`).catch(() => null);
    await response?.text();
    if (response?.ok) return performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('The server did not start in time.');
}
