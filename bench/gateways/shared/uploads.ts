import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import GraphQLUpload from 'graphql-upload/GraphQLUpload.mjs';
import processRequest, { type FileUpload } from 'graphql-upload/processRequest.mjs';
import { type AstriaPrompt, astriaPool, type Loaders } from './sources.js';

const MAX_FILE_BYTES = 256 * 1024 * 1024;
const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/avif', 'image/heic']);

/** Mutation that accepts an image. */
export const uploadTypeDefs = `
  scalar Upload

  type Mutation {
    createPrompt(tuneId: ID!, input: CreatePromptInput!): CreatePromptPayload
  }

  input CreatePromptInput {
    text: String!
    inputImage: ImageInput
  }

  input ImageInput { upload: Upload! }

  type CreatePromptPayload {
    prompt: Prompt
    userErrors: [UserError!]!
  }

  type UserError { message: String! }
`;

interface CreateArguments {
  readonly tuneId: string;
  readonly input: { readonly text: string; readonly inputImage?: { readonly upload: Promise<FileUpload> } };
}

export const uploadResolvers = {
  Upload: GraphQLUpload,
  Mutation: { createPrompt },
};

async function createPrompt(_: unknown, { tuneId, input }: CreateArguments, { sources }: Loaders) {
  const file = await input.inputImage?.upload;
  if (file && !IMAGE_TYPES.has(file.mimetype))
    return { prompt: null, userErrors: [{ message: 'Send a PNG, JPEG, WebP, AVIF or HEIC image.' }] };
  const boundary = randomUUID();
  const { statusCode, body } = await astriaPool.request({
    method: 'POST',
    path: `/tunes/${encodeURIComponent(tuneId)}/prompts`,
    headers: { ...sources.astriaHeaders, 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Readable.from(formData(boundary, input.text, file)),
  });
  if (statusCode !== 201) {
    await body.dump();
    throw new Error(`The upstream responded with status ${statusCode}.`);
  }
  return { prompt: (await body.json()) as AstriaPrompt, userErrors: [] };
}

async function* formData(boundary: string, text: string, file: FileUpload | undefined) {
  yield `--${boundary}\r\ncontent-disposition: form-data; name="prompt[text]"\r\n\r\n${text}\r\n`;
  if (file) {
    yield `--${boundary}\r\ncontent-disposition: form-data; name="prompt[input_image]"; filename="image"\r\n`;
    yield `content-type: ${file.mimetype}\r\n\r\n`;
    yield* file.createReadStream();
    yield '\r\n';
  }
  yield `--${boundary}--\r\n`;
}

/** Parses multipart requests with graphql-upload before they reach the GraphQL route. */
export function acceptUploads(app: FastifyInstance): void {
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  app.addHook('preValidation', async (request, reply) => {
    if (!request.headers['content-type']?.startsWith('multipart/form-data')) return;
    request.body = await processRequest(request.raw, reply.raw, { maxFileSize: MAX_FILE_BYTES, maxFiles: 2 });
  });
}
