import { json, type SandboxResponse } from '../response.js';
import type { Call } from './call.js';
import type { Owner } from './records.js';

const USERS: Record<Owner, { id: number; name: string; email: string }> = {
  main: { id: 10_042, name: 'Sandbox', email: 'sandbox@example.com' },
  other: { id: 10_077, name: 'Second account', email: 'other@example.com' },
  gallery: { id: 1, name: 'Gallery', email: 'gallery@example.com' },
};

/** Response of GET /cli/models, with the ids of seeded gallery tunes. */
export const CLI_MODELS = {
  default: 'flux',
  default_video_model: 'seedance2_720p',
  cache_ttl: 86_400,
  models: {
    flux: { tune_id: 1504944, title: 'Flux1.dev', resolutions: ['1K', '2K'], default: true },
    juggernaut: { tune_id: 1213247, title: 'Juggernaut XL', resolutions: ['1K'], default: false },
    partner: {
      tune_id: 1610311,
      title: 'Partner image model',
      resolutions: ['1K', '2K', '4K'],
      default: false,
    },
  },
  video_models: {
    seedance2_720p: { supports_audio_reference: true, generates_audio: true },
    wan22: { supports_audio_reference: false, generates_audio: false },
  },
} as const;

export function userIdOf(owner: Owner): number {
  return USERS[owner].id;
}

/** GET /users. Shows the account of the key. */
export function showUser(call: Call): SandboxResponse {
  return json(200, {
    ...USERS[call.owner],
    usd_balance_mc: 2_500_000,
    auto_extend_tunes: false,
    top_off_amount: null,
    purchased_plugin_at: null,
  });
}
