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

/** Example tab for one common task. It runs on the sandbox unchanged. */
export interface Example {
  readonly title: string;
  readonly about: string;
  readonly query: string;
  readonly variables: string;
  /** Sample files for its uploads, with their paths in the variables and their URLs. */
  readonly samples?: readonly { readonly path: string; readonly name: string; readonly url: string }[];
}

/** First example that a visitor sees. */
export const WELCOME: Example = {
  title: 'Browse tunes and prompts',
  about: 'Image models and prompts of Astria, with their images.',
  query: browse,
  variables: browseVariables.trim(),
};

/** Example into which the page inserts the id of the newest replication. */
export const WATCH: Example = {
  title: 'Replicate: watch',
  about: 'Step 3: follow the replication with a subscription.',
  query: watch,
  variables: watchVariables.trim(),
};

export const EXAMPLES: readonly Example[] = [
  WELCOME,
  {
    title: 'Create a prompt from images',
    about: 'A new image prompt with an input image and a mask, followed until its images are ready.',
    query: create,
    variables: createVariables.trim(),
    samples: [
      { path: 'input.inputImage.upload', name: 'sample-input.png', url: inputImage },
      { path: 'input.maskImage.upload', name: 'sample-mask.png', url: maskImage },
    ],
  },
  {
    title: 'Duplicate with another seed',
    about: 'The same prompt again with another seed.',
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
    about: 'Step 1 of moving a library to another model: preview the changes.',
    query: dryRun,
    variables: replicateVariables.trim(),
  },
  {
    title: 'Replicate: run',
    about: 'Step 2: run it. A second run creates no duplicates.',
    query: replicate,
    variables: replicateVariables.trim(),
  },
  WATCH,
];
