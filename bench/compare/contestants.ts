import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess, UpstreamProcess } from './processes.js';

const GATEWAYS = ['plain', 'plain-list', 'mercurius', 'yoga', 'floor'] as const;
export type ContestantName = (typeof GATEWAYS)[number] | 'promptgate' | 'other';

/** Server that receives the workloads. */
export interface Contestant {
  readonly name: ContestantName;
  readonly script: string;
  readonly upstreamPort: number;
  readonly server: ServerProcess;
  readonly idleMebibytes: number;
}

/** Time after which a started server is idle. */
const SETTLE_MS = 500;
/** Rate limits are on but high enough for the load. */
const PROMPTGATE_ENV = {
  SANDBOX: 'false',
  RATE_LIMIT_PER_ADDRESS: '100000000',
  RATE_LIMIT_PER_PRINCIPAL: '100000000',
};
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** All servers and their upstream, each in its own process. */
export class Contest {
  readonly upstream: UpstreamProcess;
  readonly contestants: Contestant[] = [];

  private constructor(upstream: UpstreamProcess) {
    this.upstream = upstream;
  }

  /** @param other Path of `main.js` of another build of Promptgate, or null. */
  static async start(other: string | null): Promise<Contest> {
    const scripts: [ContestantName, string][] = [['promptgate', here('../../bundle/promptgate/main.js')]];
    if (other !== null) scripts.push(['other', path.resolve(other)]);
    for (const name of GATEWAYS) scripts.push([name, here(`../gateways/${name}.js`)]);
    const contest = new Contest(await UpstreamProcess.start(scripts.length));
    for (const [index, [name, script]] of scripts.entries()) {
      const upstreamPort = contest.upstream.ports[index] ?? 0;
      const server = await startServer(name, script, upstreamPort);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      contest.contestants.push({ name, script, upstreamPort, server, idleMebibytes: server.memory().now });
    }
    return contest;
  }

  async stop(): Promise<void> {
    this.upstream.stop();
    await Promise.all(this.contestants.map(({ server }) => server.stop()));
  }
}

export function startServer(
  name: ContestantName,
  script: string,
  upstreamPort: number,
): Promise<ServerProcess> {
  const origin = `http://127.0.0.1:${upstreamPort}`;
  const env = { ASTRIA_BASE_URL: origin, PORTKEY_BASE_URL: `${origin}/v1` };
  const isPromptgate = name === 'promptgate' || name === 'other';
  return ServerProcess.start(script, isPromptgate ? { ...env, ...PROMPTGATE_ENV } : env);
}
