import type { Prompt } from '../astria/records.js';
import type { AstriaState } from '../astria/state.js';
import { json, type SandboxResponse } from '../response.js';
import { Router } from '../router.js';
import { paint } from './paint.js';

const AREA = 256 * 256;
const LONGEST_SIDE = 512;
const CACHED = 64;
// Pages of other origins can embed the pictures, as with a CDN.
const SHARED = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };

type Params = Record<string, string>;

/** Serves rendered pictures, training pictures of tunes and uploads. Requires no authentication, like a CDN. */
export class Gallery {
  readonly #cache = new Map<string, Buffer>();
  readonly #routes = new Router<(params: Params) => SandboxResponse | null>({
    'GET /tunes/:id/:file': (params) => this.#tunePicture(params),
    'GET /uploads/:kind/:id/:field/:n': (params) => this.#upload(params),
    'GET /:id/:file': (params) => this.#promptPicture(params),
  });

  constructor(readonly state: AstriaState) {}

  /** Handles a request. `path` is relative to /images. */
  handle(method: string, path: string): SandboxResponse {
    if (method !== 'GET' && method !== 'HEAD')
      return json(405, { error: 'Only GET and HEAD are allowed.' }, { allow: 'GET, HEAD' });
    const match = this.#routes.find('GET', path);
    return match?.handler(match.params) ?? json(404, { error: 'There is no such picture.' }, SHARED);
  }

  clear(): void {
    this.#cache.clear();
  }

  #promptPicture(params: Params): SandboxResponse | null {
    const index = indexOf(params.file);
    const prompt = this.state.prompts.get(Number(params.id));
    if (!prompt?.images || index === null || index >= prompt.images.length) return null;
    if (params.file?.endsWith('.mp4')) {
      return { status: 200, headers: { ...SHARED, 'content-type': 'video/mp4' }, body: EMPTY_VIDEO };
    }
    const [width, height] = sizeOf(prompt);
    return this.#painted(`${prompt.id}/${prompt.seed ?? ''}/${index}`, width, height);
  }

  #tunePicture(params: Params): SandboxResponse | null {
    const index = indexOf(params.file);
    const tune = this.state.tunes.get(Number(params.id));
    if (!tune || index === null || index < 1 || index > tune.orig_images.length) return null;
    return this.#painted(`tune/${tune.id}/${index}`, 256, 256);
  }

  #upload(params: Params): SandboxResponse | null {
    const uploads = this.state.uploads.of(`${params.kind}/${params.id}`);
    const upload = uploads.filter((each) => each.field === params.field)[Number(params.n)];
    if (!upload?.bytes) return null;
    const headers = { ...SHARED, 'content-type': upload.contentType, 'x-content-type-options': 'nosniff' };
    // A browser must not execute an upload in this origin.
    return { status: 200, headers: { ...headers, 'content-security-policy': 'sandbox' }, body: upload.bytes };
  }

  #painted(name: string, width: number, height: number): SandboxResponse {
    const key = `${name}@${width}x${height}`;
    const picture = this.#cache.get(key) ?? paint(name, width, height);
    // Deleting and re-adding the entry makes it the newest, so the map is in order of use.
    this.#cache.delete(key);
    this.#cache.set(key, picture);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= CACHED) break;
      this.#cache.delete(oldest);
    }
    const headers = { ...SHARED, 'content-type': 'image/png', 'cache-control': 'public, max-age=3600' };
    return { status: 200, headers, body: picture };
  }
}

function indexOf(file: string | undefined): number | null {
  const digits = /^(\d{1,3})\.(?:png|mp4)$/.exec(file ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}

/** An MP4 file without frames. */
const EMPTY_VIDEO = Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x08mdat', 'latin1');

/** Returns a size of about 256 x 256 pixels in area, with the aspect ratio of the prompt. */
function sizeOf(prompt: Prompt): [width: number, height: number] {
  const [across = 1, down = 1] = prompt.aspect_ratio?.includes(':')
    ? prompt.aspect_ratio.split(':').map(Number)
    : [prompt.w ?? 1, prompt.h ?? 1];
  const ratio = Math.min(4, Math.max(0.25, across / down));
  const width = Math.min(LONGEST_SIDE, Math.round(Math.sqrt(AREA * ratio)));
  const height = Math.min(LONGEST_SIDE, Math.round(Math.sqrt(AREA / ratio)));
  return [width, height];
}
