import { timestamp } from '../clock.js';
import type { Pack, Workspace } from './records.js';

/** Creates an empty pack of the main account, with the given fields replaced. */
export function newPack(id: number, given: Partial<Pack>): Pack {
  const now = timestamp();
  const title = given.title ?? `Pack ${id}`;
  return {
    owner: 'main',
    title,
    slug: slugOf(title, id),
    subtitle: null,
    base_tune_id: null,
    token: 'ohwx',
    model_type: null,
    multiplier: 1,
    cover_url: null,
    logo: null,
    public_at: null,
    unlisted_at: null,
    created_at: now,
    updated_at: now,
    classes: {},
    is_multi: false,
    ...given,
    id,
  };
}

/** Creates a workspace of the main account, with the given fields replaced. */
export function newWorkspace(id: number, apiUrl: string, given: Partial<Workspace>): Workspace {
  const title = given.title ?? `Workspace ${id}`;
  return {
    owner: 'main',
    title,
    slug: slugOf(title, id),
    brief: null,
    url: `${apiUrl}/workspaces/${id}.json`,
    public_at: null,
    unlisted_at: null,
    landing_page_html: null,
    ...given,
    id,
  };
}

function slugOf(title: string, id: number): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return [...words, id].join('-');
}
