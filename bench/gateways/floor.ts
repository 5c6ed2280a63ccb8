import http from 'node:http';
import { json } from 'node:stream/consumers';
import { promptStatus, tuneStatus } from './shared/schema.js';
import { type AstriaTune, createLoaders, type Headers, type Loaders } from './shared/sources.js';

// The cheapest program that sends these responses. It recognizes the operations by their names and executes no GraphQL.
interface Operation {
  readonly query: string;
  readonly variables?: { readonly first?: number; readonly id?: string };
}

async function promptsWithTune({ sources, tunes }: Loaders, first: number) {
  const prompts = await sources.prompts(first);
  const nodes = prompts.map(async (prompt) => {
    const tune = prompt.tune_id === null ? null : await tunes.load(String(prompt.tune_id));
    return {
      id: String(prompt.id),
      text: prompt.text,
      negativePrompt: prompt.negative_prompt,
      status: promptStatus(prompt),
      images: prompt.images ?? [],
      seed: prompt.seed,
      createdAt: prompt.created_at,
      tune: tune && { id: String(tune.id), title: tune.title },
    };
  });
  return { prompts: { nodes: await Promise.all(nodes) } };
}

async function templates({ sources }: Loaders, first: number) {
  const list = await sources.portkeyPrompts(first);
  const nodes = list.map(async ({ id, name, model }) => {
    const prompt = await sources.portkeyPrompt(id);
    return { id, name, model, template: prompt?.string ?? null };
  });
  return { portkeyPrompts: { nodes: await Promise.all(nodes) } };
}

async function oneTune({ sources }: Loaders, id: string) {
  const tune = await sources.tune(id);
  return { tune: tune && tuneFields(tune) };
}

function tuneFields(tune: AstriaTune) {
  return {
    id: String(tune.id),
    title: tune.title,
    className: tune.name,
    status: tuneStatus(tune),
    branch: tune.branch,
    createdAt: tune.created_at,
    trainedAt: tune.trained_at,
  };
}

async function execute({ query, variables = {} }: Operation, headers: Headers): Promise<unknown> {
  const loaders = createLoaders(headers, 'list');
  const { first = 20, id = '' } = variables;
  if (query.startsWith('query PromptsWithTune')) return promptsWithTune(loaders, first);
  if (query.startsWith('query TemplatesOfLibrary')) return templates(loaders, first);
  if (query.startsWith('query OneTune')) return oneTune(loaders, id);
  return { __typename: 'Query' };
}

async function respond(request: http.IncomingMessage): Promise<string> {
  if (request.url === '/livez') return 'ok\n';
  const operation = (await json(request)) as Operation;
  return JSON.stringify({ data: await execute(operation, request.headers) });
}

const server = http.createServer(async (request, response) => {
  const body = Buffer.from(await respond(request));
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
