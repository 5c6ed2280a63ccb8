import { torture } from '../test/support/torture.js';

/** Node's own console is not for programs; this is what this one says. */
const print = (line: string) => process.stdout.write(`${line}\n`);

const [seed = String(Date.now()), prompts = '500', kills = '20', concurrency = '8'] = process.argv.slice(2);
print(`seed ${seed}: ${prompts} prompts, ${kills} kills, concurrency ${concurrency}`);

const report = await torture({
  prompts: Number(prompts),
  kills: Number(kills),
  seed,
  concurrency: Number(concurrency),
  log: print,
});

print(`\nkills        ${JSON.stringify(report.kills)}`);
print('calls at the upstream (kind, status, "-" for none)');
for (const [line, times] of Object.entries(report.calls).sort()) print(`  ${line.padEnd(12)} ${times}`);
print(`creates      ${report.creates} sent for ${prompts} replicas`);
print(`time         ${(report.durationMs / 1000).toFixed(1)} s`);
if (report.complaints) print(`complaints   ${report.complaints}`);
for (const disagreement of report.disagreements.slice(0, 20)) print(`WRONG        ${disagreement}`);
const isRight = report.disagreements.length === 0;
print(
  isRight ? `exactly ${prompts} replicas, and the record agrees` : `WRONG: run again with the seed ${seed}`,
);
process.exit(isRight ? 0 : 1);
