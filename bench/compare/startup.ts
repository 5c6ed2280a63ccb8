import { type Contestant, startServer } from './contestants.js';
import { median } from './statistics.js';

/** Median start time and idle memory of one server. */
export interface StartFigures {
  readonly name: string;
  readonly startedInMs: number;
  readonly idleMebibytes: number;
}

/** Starts more instances of each server, several times in turn. */
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
