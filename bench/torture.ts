import type { Dialect } from '../src/sandbox/index.js';
import { createTorture } from '../test/support/create-torture.js';
import { torture } from '../test/support/torture.js';

const print = (line: string) => process.stdout.write(`${line}\n`);

const args = process.argv.slice(2);
const [seed = String(Date.now()), prompts = '500', kills = '20', concurrency = '8'] = args.filter(
  (argument) => !argument.includes('='),
);
const dialect = readDialect(args.filter((argument) => argument.includes('=')));
print(
  `seed ${seed}: ${prompts} prompts, ${kills} kills, concurrency ${concurrency} ${JSON.stringify(dialect)}`,
);

const report = await torture({
  prompts: Number(prompts),
  kills: Number(kills),
  seed,
  concurrency: Number(concurrency),
  dialect,
  log: print,
});

print(`\nkills        ${JSON.stringify(report.kills)}`);
print('calls at the upstream (kind and status, "-" without a response)');
for (const [line, times] of Object.entries(report.calls).sort()) print(`  ${line.padEnd(12)} ${times}`);
print(`requests     ${report.creates} create requests for ${prompts} replicas`);
print(`time         ${(report.durationMs / 1000).toFixed(1)} s`);
if (report.complaints) print(`complaints   ${report.complaints}`);
for (const disagreement of report.disagreements.slice(0, 20)) print(`WRONG        ${disagreement}`);
const isRight = report.disagreements.length === 0;
if (isRight) print(`exactly ${prompts} replicas, each with one new version, and the store agrees`);

print(`\n${prompts} create requests through two gateways, ${kills} kills`);
const created = await createTorture({
  creates: Number(prompts),
  kills: Number(kills),
  seed,
  concurrency: Number(concurrency) * 2,
  log: print,
});
print(
  `\ncreated      ${created.created}; OUTCOME_UNKNOWN ${created.unknown}; without an effect ${created.unsent}; kills ${created.kills}`,
);
print(`calls        ${JSON.stringify(created.calls)}`);
if (created.complaints) print(`complaints   ${created.complaints}`);
for (const disagreement of created.disagreements.slice(0, 20)) print(`WRONG        ${disagreement}`);
const isHonest = created.disagreements.length === 0;
if (isHonest) print('every caller has its own prompt or an unknown outcome, and no key has two prompts');
if (!isRight || !isHonest) print(`WRONG: run again with the seed ${seed}`);
process.exit(isRight && isHonest ? 0 : 1);

/** Parses settings such as `readLagMs=500`. */
function readDialect(settings: readonly string[]): Partial<Dialect> {
  const read = (value: string) => (/^(\d+|true|false)$/.test(value) ? JSON.parse(value) : value);
  return Object.fromEntries(
    settings.map((setting) => setting.split('=')).map(([name, value = '']) => [name, read(value)]),
  );
}
