import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from './processes.js';

/** A server that the workloads are sent to. */
export interface Contestant {
  readonly name: string;
  readonly server: ServerProcess;
}

const NAMES = ['promptgate', 'plain', 'plain-list', 'mercurius', 'yoga', 'floor'] as const;
export type ContestantName = (typeof NAMES)[number];
export const CONTESTANTS: readonly ContestantName[] = NAMES;

/** Promptgate counts every request against its rate limits; these are high enough for the load. */
const PROMPTGATE_ENV = {
  SANDBOX: 'false',
  RATE_LIMIT_PER_ADDRESS: '100000000',
  RATE_LIMIT_PER_PRINCIPAL: '100000000',
};

export function startContestant(
  name: ContestantName,
  upstreamPort: number,
  promptgate: string,
): Promise<ServerProcess> {
  const origin = `http://127.0.0.1:${upstreamPort}`;
  const env = { ASTRIA_BASE_URL: origin, PORTKEY_BASE_URL: `${origin}/v1` };
  if (name === 'promptgate')
    return ServerProcess.start(path.resolve(promptgate), { ...env, ...PROMPTGATE_ENV });
  const script = fileURLToPath(new URL(`../gateways/${name}.js`, import.meta.url));
  return ServerProcess.start(script, env);
}
