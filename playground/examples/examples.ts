import browse from './browse.graphql?raw';
import browseVariables from './browse.json?raw';
import create from './create.graphql?raw';
import createVariables from './create.json?raw';
import dryRun from './dry-run.graphql?raw';
import duplicate from './duplicate.graphql?raw';
import duplicateVariables from './duplicate.json?raw';
import inputImage from './input.png?url&no-inline';
import library from './library.graphql?raw';
import libraryVariables from './library.json?raw';
import maskImage from './mask.png?url&no-inline';
import replicate from './replicate.graphql?raw';
import replicateVariables from './replicate.json?raw';
import watch from './watch.graphql?raw';
import watchVariables from './watch.json?raw';

/** A ready-made tab: one thing that people come for. It runs on the sandbox as it stands. */
export interface Example {
  readonly title: string;
  readonly about: string;
  readonly query: string;
  readonly variables: string;
  /** Samples for its uploads: where in the variables, and the address of the file. */
  readonly samples?: readonly { readonly path: string; readonly name: string; readonly url: string }[];
}

/** The first that a visitor sees. */
export const WELCOME: Example = {
  title: 'Browse tunes and prompts',
  about: 'Image models and prompts of Astria, with their pictures.',
  query: browse,
  variables: browseVariables.trim(),
};

/** In it the id of the newest replication is filled in. */
export const WATCH: Example = {
  title: 'Replicate: watch',
  about: 'Step 3: follow the replication as it goes on, by a subscription.',
  query: watch,
  variables: watchVariables.trim(),
};

export const EXAMPLES: readonly Example[] = [
  WELCOME,
  {
    title: 'Create a prompt from images',
    about: 'A new image prompt with an input image and a mask, followed until its images are there.',
    query: create,
    variables: createVariables.trim(),
    samples: [
      { path: 'input.inputImage.upload', name: 'sample-input.png', url: inputImage },
      { path: 'input.maskImage.upload', name: 'sample-mask.png', url: maskImage },
    ],
  },
  {
    title: 'Duplicate with another seed',
    about: 'The same prompt once more, with one thing changed.',
    query: duplicate,
    variables: duplicateVariables.trim(),
  },
  {
    title: 'List the Portkey library',
    about: 'LLM prompts with their models and variables.',
    query: library,
    variables: libraryVariables.trim(),
  },
  {
    title: 'Replicate: dry run',
    about: 'Step 1 of moving a library to another model: see what would be done.',
    query: dryRun,
    variables: replicateVariables.trim(),
  },
  {
    title: 'Replicate: run',
    about: 'Step 2: do it. A second run creates nothing twice.',
    query: replicate,
    variables: replicateVariables.trim(),
  },
  WATCH,
];
