import { z } from 'zod';
import type { ApiContract } from '../endpoint.js';
import { account } from './account.js';
import { errorBody } from './errors.js';
import { headers } from './headers.js';
import { images } from './images.js';
import { packs } from './packs.js';
import { prompts } from './prompts.js';
import { tunes } from './tunes.js';

export const astria: ApiContract = {
  headers,
  pathParameters: {
    id: z.string().regex(/^\d+$/),
    idOrSlug: z.string().regex(/^[\w-]+$/),
  },
  endpoints: [...prompts, ...tunes, ...packs, ...account, ...images],
  errorBody,
};
