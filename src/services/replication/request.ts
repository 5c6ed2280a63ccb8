import type { PromptSelection, Replication, ReplicationOptions } from '../../domain/replication.js';
import type { UserError } from '../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { checkKey } from '../idempotency/idempotency.js';
import { hasUnpairedBrace, unknownPlaceholders } from './planning/plan.js';

/** Request as sent by the caller. Null and undefined stand for the default. */
export interface ReplicationRequest {
  readonly targetModel: string;
  readonly selection: PromptSelection;
  readonly options: { readonly [K in keyof ReplicationOptions]?: ReplicationOptions[K] | null | undefined };
  readonly dryRun: boolean;
  /** Time to wait for the end of the job, 0 to 120 seconds. */
  readonly awaitSeconds: number;
  readonly idempotencyKey: string | null;
}

/** Caller of replication mutations and queries. */
export interface ReplicationCaller {
  /** Fingerprint of the caller, which sees and controls only its own jobs. @throws UpstreamError without a key. */
  readonly principal: string;
  /** Fingerprint of the key, under which interrupted jobs of any caller are resumed. */
  readonly credential: string;
  /** Owner of idempotency keys: a fingerprint of the API's URL, the key and the principal. */
  readonly keyOwner: string;
  /** Prompt source of the request. */
  readonly prompts: PortkeyPromptSource;
  /**
   * Returns Portkey under the caller's key for work that outlives the request. Calls are neither shared nor retried, and the
   * signal aborts them.
   */
  readonly backgroundPortkey: (signal: AbortSignal) => PortkeyApi;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

const MAX_IDS = 5000;
const MAX_NAME = 255;
const MAX_DESCRIPTION = 2000;

/** Returns the options with defaults filled in. */
export function withDefaults(options: ReplicationRequest['options']): ReplicationOptions {
  return {
    nameTemplate: options.nameTemplate ?? '{name}-replica',
    virtualKey: options.virtualKey ?? null,
    collectionId: options.collectionId ?? null,
    versionDescription: options.versionDescription ?? null,
    concurrency: options.concurrency ?? 4,
    onExisting: options.onExisting ?? 'SKIP',
    verify: options.verify ?? false,
  };
}

/** Adds an error. The path is the name of an argument, or `argument.field`. The problem follows its quoted name. */
type AddError = (path: string, problem: string, code?: UserError['code']) => void;

const EMPTY = 'must not be empty';
const longerThan = (max: number) => `must not be longer than ${max} characters`;

/** Returns all errors of a request that can be found without calling Portkey. Pure. */
export function checkRequest(request: ReplicationRequest): UserError[] {
  const errors: UserError[] = [];
  const addError: AddError = (path, problem, code = 'INVALID') => {
    const field = path.split('.');
    const kind = field.length === 1 ? 'Argument' : 'Field';
    errors.push({ code, message: `${kind} "${field.at(-1)}" ${problem}.`, field });
  };
  const { targetModel, selection, options, awaitSeconds, idempotencyKey } = request;
  if (targetModel.trim() === '') addError('targetModel', EMPTY, 'REQUIRED');
  else if (targetModel.length > MAX_NAME) addError('targetModel', longerThan(MAX_NAME));
  if (awaitSeconds < 0 || awaitSeconds > 120) addError('awaitSeconds', 'must be between 0 and 120');
  checkOptions(options, addError);
  checkSelection(selection, addError);
  return [...errors, ...checkKey(idempotencyKey)];
}

function checkOptions(options: ReplicationRequest['options'], addError: AddError): void {
  const { nameTemplate, concurrency, virtualKey, collectionId, versionDescription } = options;
  if (nameTemplate != null) checkNameTemplate(nameTemplate, addError);
  if (concurrency != null && (concurrency < 1 || concurrency > 16))
    addError('options.concurrency', 'must be between 1 and 16');
  checkTexts('options', { virtualKey, collectionId }, addError);
  if (versionDescription && versionDescription.length > MAX_DESCRIPTION)
    addError('options.versionDescription', longerThan(MAX_DESCRIPTION));
}

function checkNameTemplate(template: string, addError: AddError): void {
  const path = 'options.nameTemplate';
  if (template.trim() === '') addError(path, EMPTY, 'REQUIRED');
  if (template.length > MAX_NAME) return void addError(path, longerThan(MAX_NAME));
  for (const name of unknownPlaceholders(template))
    addError(path, `has the unknown placeholder {${name}}. Use {name}, {slug}, {collection} or {model}`);
  if (hasUnpairedBrace(template)) addError(path, 'has an unpaired brace. Write placeholders as {name}');
}

function checkSelection({ all, ids, ...conditions }: PromptSelection, addError: AddError): void {
  checkTexts('selection', conditions, addError);
  const hasCondition = ids != null || Object.values(conditions).some((value) => value != null);
  if (all && hasCondition) addError('selection.all', 'cannot be combined with other conditions');
  if (ids?.length === 0) addError('selection.ids', `${EMPTY}. Omit it to select without ids`);
  if (ids && ids.length > MAX_IDS) addError('selection.ids', `must not have more than ${MAX_IDS} entries`);
}

function checkTexts(
  argument: string,
  texts: Record<string, string | null | undefined>,
  addError: AddError,
): void {
  for (const [name, value] of Object.entries(texts)) {
    if (value?.trim() === '') addError(`${argument}.${name}`, EMPTY);
    if (value && value.length > MAX_NAME) addError(`${argument}.${name}`, longerThan(MAX_NAME));
  }
}

/** Maximum number of unfinished jobs of one principal. */
export const MAX_UNFINISHED = 10;

export const TOO_MANY: UserError = {
  code: 'CONFLICT',
  message: `You have ${MAX_UNFINISHED} unfinished replications. Wait until one has ended.`,
  field: null,
};

export const NO_SUCH_JOB: UserError = {
  code: 'NOT_FOUND',
  message: 'You have started no replication with this id. Use the key or token that started it.',
  field: ['id'],
};

export const OTHER_SANDBOX =
  'The replicas are in the sandbox of another process, or of a process that has ended.';

/** Builds the error for an action that the state of a job does not allow. */
export function notNow(message: string, code: 'INVALID' | 'CONFLICT' = 'INVALID'): UserError {
  return { code, message, field: ['id'] };
}

export const BEING_UNDONE =
  'This replication is being undone. If the undo has stopped, continue it with undoReplication.';

/** Returns the reason why a job cannot be resumed; null if it can. Pure. */
export function resumeRefusal({ dryRun, status }: Replication): UserError | null {
  if (dryRun) return notNow('This replication is a dry run. Start it again instead.');
  if (status === 'UNDOING') return notNow(BEING_UNDONE);
  if (status === 'UNDONE') return notNow('This replication was undone. Start a new one.');
  if (status === 'CANCELLING')
    return notNow('This replication is being cancelled. Wait until it is CANCELLED.', 'CONFLICT');
  return null;
}
