import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import { at, startTestGateway, type TestGateway, until } from '../test/support/gateway.js';
import { postForm, uploadForm } from '../test/support/multipart.js';
import { freePort } from '../test/support/ports.js';
import { FOLLOW, open, SSE, sseEvents } from '../test/support/streams.js';
import { png } from '../test/support/upload-pictures.js';

// Counts the source files and functions that one request executes, by folder. Usage: npm run bench:journeys

/** Folder of the compiled source files, with a trailing slash. */
const ROOT = fileURLToPath(new URL('../src/', import.meta.url));
/** Code that runs independently of requests. */
const IGNORED = /^sandbox\//;

interface Journey {
  readonly name: string;
  /** Runs what is not measured. @returns The part to measure. */
  prepare(gateway: TestGateway): Promise<() => Promise<void>>;
}

const CREATE = `mutation ($tuneId: ID!, $input: CreatePromptInput!) {
  createPrompt(tuneId: $tuneId, input: $input) { prompt { id } userErrors { message } } }`;
const REPLICATE = `mutation ($model: String!, $ids: [ID!]) {
  replicatePrompts(targetModel: $model, selection: { ids: $ids }, awaitSeconds: 30) {
    replication { status counts { created } } userErrors { message } } }`;

const JOURNEYS: readonly Journey[] = [
  {
    name: 'createPrompt with an input image',
    async prepare({ url, graphql }) {
      const tuneId = await firstTune(graphql);
      const input = { text: `a cat ${Math.random()}`, inputImage: { upload: null } };
      const file = { bytes: png(1_000), filename: 'cat.png' };
      const form = uploadForm(CREATE, { tuneId, input }, { 'variables.input.inputImage.upload': file });
      return async () => {
        const { data, errors } = await postForm(url, form);
        if (!at(data, 'createPrompt.prompt.id')) throw new Error(JSON.stringify([data, errors]));
      };
    },
  },
  {
    name: 'replicatePrompts of one prompt',
    async prepare({ graphql }) {
      const list = await graphql('{ portkeyPrompts(first: 1) { nodes { id } } }');
      const ids = [at(list.data, 'portkeyPrompts.nodes.0.id')];
      return async () => {
        const { data, errors } = await graphql(REPLICATE, { model: `gpt-${Math.random()}`, ids });
        if (at(data, 'replicatePrompts.replication.status') !== 'COMPLETED')
          throw new Error(JSON.stringify([data, errors]));
      };
    },
  },
  {
    name: 'a callback from Astria to a subscriber',
    async prepare({ url, graphql, sandbox }) {
      const variables = { tuneId: await firstTune(graphql), input: { text: `a cat ${Math.random()}` } };
      const { data } = await graphql(CREATE, variables);
      const id = at(data, 'createPrompt.prompt.id');
      const stream = await open(url, { query: FOLLOW, variables: { id } }, SSE);
      await until(
        () => sseEvents(stream.text()),
        (events) => events.length > 0,
      );
      return async () => {
        sandbox.astria.settle(Number(id));
        await stream.whole();
      };
    },
  },
];

async function firstTune(graphql: TestGateway['graphql']): Promise<unknown> {
  return at((await graphql('{ tunes(first: 1) { nodes { id } } }')).data, 'tunes.nodes.0.id');
}

/** Runs a journey twice, and reports the second run, because the first also loads and compiles code. */
async function measure(journey: Journey): Promise<string[]> {
  const port = await freePort();
  const env = { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'error' };
  // Prompts settle only on request.
  const gateway = await startTestGateway({ env, sandbox: { settleMs: 3_600_000 } });
  const session = new Session();
  session.connect();
  try {
    await (await journey.prepare(gateway))();
    const run = await journey.prepare(gateway);
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await session.post('Profiler.takePreciseCoverage');
    await run();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const ran = result.flatMap(({ url, functions }) => {
      const file = url.startsWith('file:') ? fileURLToPath(url) : '';
      const called = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).length;
      return file.startsWith(ROOT) && called > 0 ? [{ file: file.slice(ROOT.length), called }] : [];
    });
    return rows(ran.filter(({ file }) => !IGNORED.test(file)));
  } finally {
    session.disconnect();
    await gateway.close();
  }
}

function rows(ran: readonly { readonly file: string; readonly called: number }[]): string[] {
  const folders = new Map<string, { files: number; called: number }>();
  for (const { file, called } of ran) {
    const [top = '', second = ''] = file.split('/');
    const folder = top === 'services' ? `${top}/${second}` : top;
    const sum = folders.get(folder) ?? { files: 0, called: 0 };
    folders.set(folder, { files: sum.files + 1, called: sum.called + called });
  }
  const total = ran.reduce((sum, { called }) => sum + called, 0);
  return [
    ...[...folders].sort().map(([folder, { files, called }]) => `| ${folder} | ${files} | ${called} |`),
    `| all | ${ran.length} | ${total} |`,
  ];
}

for (const journey of JOURNEYS) {
  const lines = await measure(journey);
  process.stdout.write(`\n${journey.name}\n\n| folder | files | functions |\n| --- | --- | --- |\n`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
