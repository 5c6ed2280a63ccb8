import { AstriaApi } from './astria/api.js';
import { seedAstria } from './astria/seed.js';
import { AstriaState } from './astria/state.js';
import { DEFAULT_DIALECT, type Dialect, dialectProblems } from './dialect.js';
import { Faults } from './faults.js';
import { Gallery } from './pictures/gallery.js';
import { PortkeyApi } from './portkey/api.js';
import { seedPortkey } from './portkey/seed.js';
import { PortkeyState } from './portkey/state.js';
import { Recorder } from './recorder.js';
import { listen } from './server.js';
import { Timers } from './timers.js';
import type { Sandbox, SandboxOptions } from './types.js';

export type { Dialect } from './dialect.js';
export type { Fault, FaultKind, RecordedRequest, Sandbox, SandboxOptions } from './types.js';

const ASTRIA_KEY = 'sd_sandbox';
const PORTKEY_KEY = 'pk-sandbox';
const KEYS = {
  astria: ASTRIA_KEY,
  portkey: PORTKEY_KEY,
  secondAccount: { astria: 'sd_sandbox_other', portkey: 'pk-sandbox-other' },
  readOnly: { portkey: 'pk-sandbox-readonly' },
};

/** Starts both emulated upstreams, the picture server and the control API on one port. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', latencyMs = 0 } = options;
  const listener = await listen(host, port);
  const urls = urlsAt(`http://${connectableHost(host)}:${listener.port}`);
  const timers = new Timers();
  const state = openState(urls, options);
  const sandbox: Sandbox = {
    ...urls,
    astriaKey: ASTRIA_KEY,
    portkeyKey: PORTKEY_KEY,
    requests: (filter) => state.recorder.list(filter),
    clearRequests: () => state.recorder.clear(),
    addFault: (fault) => state.faults.add(fault),
    clearFaults: () => state.faults.clear(),
    dialect: state.dialect,
    setDialect: (changes) => changeDialect(state.dialect, changes),
    reset: state.reset,
    astria: state.astria,
    portkey: state.portkey,
    close: () => {
      timers.clear();
      state.astria.stop();
      return listener.close();
    },
  };
  listener.serve({
    ...state,
    astria: new AstriaApi(state.astria),
    portkey: new PortkeyApi(state.portkey),
    controls: {
      ...sandbox,
      urls: () => ({ ...urls, keys: KEYS }),
      listFaults: () => state.faults.list(),
    },
    timers,
    latencyMs,
  });
  return sandbox;
}

function urlsAt(url: string): Pick<Sandbox, 'url' | 'astriaUrl' | 'portkeyUrl'> {
  return { url, astriaUrl: `${url}/astria`, portkeyUrl: `${url}/portkey/v1` };
}

/** Creates and seeds the state that a reset restores. */
function openState(
  { url, astriaUrl }: { url: string; astriaUrl: string },
  { settleMs = 1500, seed = 'library', dialect: given = {} }: SandboxOptions,
) {
  const dialect: Dialect = { ...DEFAULT_DIALECT };
  const astria = new AstriaState({ apiUrl: astriaUrl, imagesUrl: `${url}/images`, settleMs, dialect });
  const portkey = new PortkeyState(dialect);
  const [faults, recorder, gallery] = [new Faults(), new Recorder(), new Gallery(astria)];
  const reset = () => {
    changeDialect(dialect, { ...DEFAULT_DIALECT, ...given });
    for (const part of [astria, portkey, faults, recorder, gallery]) part.clear();
    seedAstria(astria, seed);
    seedPortkey(portkey, seed);
  };
  reset();
  return { dialect, astria, portkey, faults, recorder, gallery, reset };
}

/** Changes settings in place, because both emulations read them on every request. @throws TypeError */
function changeDialect(dialect: Dialect, changes: Partial<Dialect>): void {
  const problems = dialectProblems(changes);
  if (problems.length > 0) throw new TypeError(`The dialect is invalid. ${problems.join(' ')}`);
  Object.assign(dialect, changes);
}

/** Returns a host for URLs. An unspecified address such as 0.0.0.0 can be listened on, but not connected to. */
function connectableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
