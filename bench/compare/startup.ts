import { type Contestant, startServer } from './contestants.js';
import { median } from './statistics.js';

/** Figures of one server: the median of its starts, and its resident memory. */
export interface StartFigures {
  readonly name: string;
  readonly startedInMs: number;
  readonly idleMebibytes: number;
}

/** Starts each server again, several times in turn, beside the idle ones. */
export async function compareStarts(
  contestants: readonly Contestant[],
  times: number,
): Promise<StartFigures[]> {
  const lanes = contestants.map((contestant) => ({ ...contestant, starts: [contestant.server.startedInMs] }));
  for (let time = 1; time < times; time += 1) {
    for (const { name, script, upstreamPort, starts } of lanes) {
      const server = await startServer(name, script, upstreamPort);
      starts.push(server.startedInMs);
      await server.stop();
    }
  }
  return lanes.map(({ name, starts, idleMebibytes }) => ({
    name,
    startedInMs: median(starts),
    idleMebibytes,
  }));
}
