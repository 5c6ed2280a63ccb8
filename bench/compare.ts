import { parseArgs } from 'node:util';
import { Contest } from './compare/contestants.js';
import { measure, type Results } from './compare/measurements.js';
import { FULL, QUICK } from './compare/plan.js';
import { pinToLoadCore } from './compare/processes.js';
import { writeResults } from './compare/results-file.js';
import { tablesOf } from './compare/tables.js';

// Compares Promptgate with other GraphQL servers. Exits with status 1 if a request was refused.
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    other: { type: 'string' },
  },
});
const isWritten = options.write || !(options.quick || options.other);
const command = `npm run bench ${['--', ...process.argv.slice(2)].join(' ')}`.replace(/ --$/, '');

pinToLoadCore(process.pid);
const contest = await Contest.start(options.other ?? null);
const results = await measure(contest, options.quick ? QUICK : FULL, (name) =>
  process.stderr.write(`${name}\n`),
).finally(() => contest.stop());
process.stdout.write(`\n${tablesOf(results)}\n`);
if (isWritten) writeResults(results, command);
reportRefusals(results);

/** Reports refused requests. Clients that wait for their responses must never be refused. */
function reportRefusals({ main, oneCredential, connections, growth }: Results): void {
  const figures = [main, oneCredential, connections, growth].flat().flatMap((each) => each.figures);
  const names = new Set(figures.filter(({ refused }) => refused > 0).map(({ name }) => name));
  if (names.size === 0) return;
  process.stderr.write(`\nRequests were refused with 503 by: ${[...names].join(', ')}.\n`);
  process.exitCode = 1;
}
