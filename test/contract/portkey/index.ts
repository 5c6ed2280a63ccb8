import { z } from 'zod';
import type { ApiContract } from '../endpoint.js';
import { collections } from './collections.js';
import { slugOrUuid, uuid } from './common.js';
import { completions } from './completions.js';
import { errorBody } from './errors.js';
import { managementHeaders } from './headers.js';
import { labels } from './labels.js';
import { partials } from './partials.js';
import { prompts } from './prompts.js';
import { providers } from './providers.js';
import { versions } from './versions.js';

export const portkey: ApiContract = {
  headers: managementHeaders,
  pathParameters: {
    id: slugOrUuid,
    versionId: uuid,
    /** Id or slug, optionally with `@` and a version number, `latest` or a label. */
    reference: z.string().regex(/^[^@]+(@[^@]+)?$/),
  },
  endpoints: [...partials, ...prompts, ...versions, ...completions, ...labels, ...collections, ...providers],
  errorBody,
};
