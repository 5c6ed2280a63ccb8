import type { AstriaPrompt, AstriaTune, Loaders, PortkeyPrompt, PortkeySummary } from './sources.js';

/** Part of Promptgate's schema that the workloads use. */
export const typeDefs = `
  scalar DateTime
  scalar URL
  scalar SafeInt

  type Query {
    tune(id: ID!): Tune
    prompts(first: Int = 20): PromptConnection
    portkeyPrompts(first: Int = 20): PortkeyPromptConnection
  }

  enum TuneStatus { QUEUED TRAINING TRAINED }
  enum PromptStatus { RUNNING SUCCEEDED FAILED }

  type Tune {
    id: ID!
    title: String
    className: String
    status: TuneStatus
    branch: String
    createdAt: DateTime
    trainedAt: DateTime
  }

  type PromptConnection { nodes: [Prompt!]! }

  type Prompt {
    id: ID!
    text: String
    negativePrompt: String
    status: PromptStatus
    images: [URL!]
    seed: SafeInt
    createdAt: DateTime
    tune: Tune
  }

  type PortkeyPromptConnection { nodes: [PortkeyPrompt!]! }

  type PortkeyPrompt {
    id: ID!
    name: String
    model: String
    template: String
  }
`;

export function tuneStatus({ trained_at, started_training_at }: AstriaTune): string {
  if (trained_at) return 'TRAINED';
  return started_training_at ? 'TRAINING' : 'QUEUED';
}

export function promptStatus({ user_error, images = [] }: AstriaPrompt): string {
  if (user_error) return 'FAILED';
  return images.length > 0 ? 'SUCCEEDED' : 'RUNNING';
}

/** Resolvers for any server whose context contains the loaders of the request. */
export const resolvers = {
  Query: {
    tune: (_: unknown, { id }: { id: string }, { tunes }: Loaders) => tunes.load(id),
    prompts: async (_: unknown, { first }: { first: number }, { sources }: Loaders) => ({
      nodes: await sources.prompts(first),
    }),
    portkeyPrompts: async (_: unknown, { first }: { first: number }, { sources }: Loaders) => ({
      nodes: await sources.portkeyPrompts(first),
    }),
  },
  Tune: {
    className: ({ name }: AstriaTune) => name,
    status: tuneStatus,
    createdAt: ({ created_at }: AstriaTune) => created_at,
    trainedAt: ({ trained_at }: AstriaTune) => trained_at,
  },
  Prompt: {
    negativePrompt: ({ negative_prompt }: AstriaPrompt) => negative_prompt,
    status: promptStatus,
    images: ({ images }: AstriaPrompt) => images ?? [],
    createdAt: ({ created_at }: AstriaPrompt) => created_at,
    tune: ({ tune_id }: AstriaPrompt, _: unknown, { tunes }: Loaders) =>
      tune_id === null ? null : tunes.load(String(tune_id)),
  },
  PortkeyPrompt: {
    template: async (
      { id }: PortkeySummary,
      _: unknown,
      { portkeyPrompts }: Loaders,
    ): Promise<PortkeyPrompt['string'] | undefined> => (await portkeyPrompts.load(id))?.string,
  },
};
