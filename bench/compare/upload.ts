import { once } from 'node:events';
import http from 'node:http';
import { json } from 'node:stream/consumers';
import type { Contestant, ContestantName } from './contestants.js';
import { KNOWN_TUNE, UPLOAD_TEXT } from './library.js';
import { median } from './statistics.js';

const MEGABYTE = 1_000_000;
const FILE_BYTES = 200 * MEGABYTE;
const BOUNDARY = 'promptgate-bench-boundary';
/** Servers that accept images. */
const TAKE_UPLOADS: ReadonlySet<ContestantName> = new Set(['promptgate', 'other', 'plain']);

const QUERY = `mutation CreateFromImage($tuneId: ID!, $input: CreatePromptInput!) {
  createPrompt(tuneId: $tuneId, input: $input) { prompt { text } userErrors { message } }
}`;

/** Medians of the uploads to one server. */
export interface UploadFigures {
  readonly name: string;
  readonly megabytesPerSecond: number;
  readonly cpuSeconds: number;
  /** Peak resident memory during the uploads. */
  readonly peakMebibytes: number;
}

/** Sends an image of 200 MB to each server that accepts images, several times in turn. */
export async function compareUploads(
  contestants: readonly Contestant[],
  times: number,
): Promise<UploadFigures[]> {
  const lanes = contestants
    .filter(({ name }) => TAKE_UPLOADS.has(name))
    .map((contestant) => ({ ...contestant, rates: [] as number[], cpu: [] as number[] }));
  for (const { server } of lanes) server.resetPeak();
  for (let time = 0; time < times; time += 1) {
    for (const { server, rates, cpu } of lanes) {
      const cpuBefore = server.cpuMs();
      const startedAt = performance.now();
      await upload(server.port);
      rates.push(FILE_BYTES / MEGABYTE / ((performance.now() - startedAt) / 1000));
      cpu.push((server.cpuMs() - cpuBefore) / 1000);
    }
  }
  return lanes.map(({ name, server, rates, cpu }) => ({
    name,
    megabytesPerSecond: median(rates),
    cpuSeconds: median(cpu),
    peakMebibytes: server.memory().peak,
  }));
}

async function upload(port: number): Promise<void> {
  const operations = JSON.stringify({
    query: QUERY,
    variables: {
      tuneId: String(KNOWN_TUNE),
      input: { text: UPLOAD_TEXT, inputImage: { upload: null } },
    },
  });
  const field = (name: string, value: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"; filename="image.png"\r\n`;
  const map = field('map', '{"0":["variables.input.inputImage.upload"]}');
  const head = Buffer.from(`${field('operations', operations)}${map}${file}content-type: image/png\r\n\r\n`);
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  const request = http.request({
    host: '127.0.0.1',
    port,
    path: '/graphql',
    method: 'POST',
    agent: false,
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': head.length + FILE_BYTES + tail.length,
      'apollo-require-preflight': 'true',
      'x-astria-api-key': 'sd_bench_upload',
    },
  });
  const responded = once(request, 'response');
  // The rejection is thrown at the await below, after the body was sent.
  responded.catch(() => {});
  request.write(head);
  for (const chunk of image())
    if (!request.write(chunk)) await Promise.race([once(request, 'drain'), responded]);
  request.end(tail);
  const [response] = (await responded) as [http.IncomingMessage];
  const body = (await json(response)) as { data?: { createPrompt?: { prompt?: { text?: string } } } };
  if (body.data?.createPrompt?.prompt?.text !== UPLOAD_TEXT)
    throw new Error(`An upload failed with ${response.statusCode}: ${JSON.stringify(body)}`);
}

/** Yields the start of a PNG up to its first chunk, and then repeated bytes. */
function* image(): Generator<Buffer> {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const header = [
    0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0x10, 0, 0, 0, 0x10, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0,
  ];
  const start = Buffer.from([...signature, ...header]);
  const chunk = Buffer.alloc(64 * 1024, 0xa5);
  yield start;
  for (let remaining = FILE_BYTES - start.length; remaining > 0; remaining -= chunk.length)
    yield chunk.subarray(0, remaining);
}
