import { timestamp, wallClockMs } from '../clock.js';
import type { Dialect } from '../dialect.js';
import { Timers } from '../timers.js';
import { promptAttributes } from './attributes.js';
import { CallbackSender } from './callback.js';
import { NumberedStore } from './numbered-store.js';
import { newPack, newWorkspace } from './pack-defaults.js';
import { PromptBatches } from './prompt-batches.js';
import type { Owner, Pack, Prompt, Tune, Workspace } from './records.js';
import { isSettled, presentPrompt, presentTune } from './records.js';
import { TUNE_DEFAULTS } from './tune-defaults.js';
import { type Upload, Uploads } from './uploads.js';

/** Start of the runtime ids, which grow with the clock so that a restarted sandbox does not reuse ids. */
const ID_EPOCH = Date.UTC(2026, 7, 1);
const FIRST_TUNE_ID = 2_900_000;
const FIRST_PROMPT_ID = 31_000_000;
const FIRST_PACK_ID = 2_000;
const FIRST_WORKSPACE_ID = 3_400;
const LAST_ORDER_ID = 50_000;
const FAIL_MARKER = '[fail]';
const DEFAULT_IMAGES = 4;
const COST_PER_IMAGE_MC = 2_300;

/** All fields of a prompt, in the order of the responses. */
const NEW_PROMPT: Prompt = {
  ...promptAttributes({ text: 'portrait of sks person' }),
  ...{ owner: 'main', created_at: '', updated_at: '', started_training_at: null, trained_at: null },
  ...{ url: '', cost_mc: null, images: null, user_error: null, liked: false, reused_image: null },
  ...{ orig_prompt_id: null, is_api: true, id: 0, tune_id: 0 },
};

interface AstriaSettings {
  /** Base URL of the emulated API. */
  apiUrl: string;
  /** Base URL of the pictures. */
  imagesUrl: string;
  settleMs: number;
  dialect: Readonly<Dialect>;
}

/** State of the emulated Astria. Tests may read and change it. */
export class AstriaState {
  readonly tunes: NumberedStore<Tune>;
  readonly prompts: NumberedStore<Prompt>;
  readonly packs = new NumberedStore<Pack>(FIRST_PACK_ID);
  readonly workspaces = new NumberedStore<Workspace>(FIRST_WORKSPACE_ID);
  readonly uploads = new Uploads();
  readonly #settings: AstriaSettings;
  readonly #timers = new Timers();
  readonly #pending = new Map<number, () => void>();
  readonly #callbacks = new CallbackSender();
  readonly #batches = new PromptBatches();
  #lastOrderId = LAST_ORDER_ID;

  constructor(settings: AstriaSettings) {
    this.#settings = settings;
    const seconds = Math.max(0, Math.floor((wallClockMs() - ID_EPOCH) / 1000));
    this.tunes = new NumberedStore(FIRST_TUNE_ID + seconds);
    this.prompts = new NumberedStore(FIRST_PROMPT_ID + seconds);
  }

  get dialect(): Readonly<Dialect> {
    return this.#settings.dialect;
  }

  get imagesUrl(): string {
    return this.#settings.imagesUrl;
  }

  /** Adds a tune, by default a trained one of the main account. With `trained_at: null` it is still in training. */
  addTune(partial: Partial<Tune> = {}): Tune {
    const id = partial.id ?? this.tunes.newId();
    const now = timestamp();
    const tune: Tune = Object.assign({ ...TUNE_DEFAULTS }, { id, title: `Tune ${id}`, created_at: now });
    tune.updated_at = now;
    tune.trained_at = now;
    tune.started_training_at = now;
    tune.url = `${this.#settings.apiUrl}/tunes/${id}.json`;
    tune.orig_images = [1, 2, 3, 4].map((n) => `${this.#settings.imagesUrl}/tunes/${id}/${n}.png`);
    return this.tunes.add(Object.assign(tune, partial, { id }));
  }

  /** Adds a prompt with the given fields. It is settled and has pictures, unless `images` or `user_error` is given. */
  addPrompt(partial: Partial<Prompt> = {}): Prompt {
    const id = partial.id ?? this.prompts.newId();
    const now = timestamp();
    const tuneId = partial.tune_id ?? this.#anyTune(partial.owner ?? 'main').id;
    const numImages = partial.num_images ?? DEFAULT_IMAGES;
    // Start with all fields, because V8 turns an object into a hash table if this many are added one by one.
    const prompt: Prompt = Object.assign(
      { ...NEW_PROMPT },
      { created_at: now, updated_at: now, started_training_at: now },
    );
    prompt.trained_at = partial.images === null && !partial.user_error ? null : now;
    prompt.url = `${this.#settings.apiUrl}/tunes/${tuneId}/prompts/${id}.json`;
    prompt.cost_mc = COST_PER_IMAGE_MC * numImages * (partial.super_resolution ? 2 : 1);
    prompt.images = partial.user_error ? null : this.#imageUrls(id, numImages, partial.video_model);
    return this.prompts.add(Object.assign(prompt, partial, { id, tune_id: tuneId }));
  }

  addPack(partial: Partial<Pack> = {}): Pack {
    return this.packs.add(newPack(partial.id ?? this.packs.newId(), partial));
  }

  addWorkspace(partial: Partial<Workspace> = {}): Workspace {
    const id = partial.id ?? this.workspaces.newId();
    return this.workspaces.add(newWorkspace(id, this.#settings.apiUrl, partial));
  }

  nextOrderId(): number {
    this.#lastOrderId += 1;
    return this.#lastOrderId;
  }

  /** Adds a prompt that starts rendering and settles by itself. */
  renderPrompt(partial: Partial<Prompt>): Prompt {
    const prompt = this.addPrompt({
      ...partial,
      images: null,
      user_error: null,
      started_training_at: null,
      trained_at: null,
    });
    const { settleMs } = this.#settings;
    const cancelStart = this.#timers.after(Math.min(settleMs / 4, 400), () => {
      prompt.started_training_at = timestamp();
    });
    const cancelSettle = this.#timers.after(settleMs, () => this.settle(prompt.id));
    this.#pending.set(prompt.id, () => {
      cancelStart();
      cancelSettle();
    });
    return prompt;
  }

  /** Adds a tune that starts training. Training takes twice as long as rendering a prompt. */
  trainTune(partial: Partial<Tune>): Tune {
    const eta = timestamp(2 * this.#settings.settleMs);
    const tune = this.addTune({ ...partial, trained_at: null, eta });
    this.#timers.after(2 * this.#settings.settleMs, () => this.finishTraining(tune.id));
    return tune;
  }

  finishTraining(tuneId: number): void {
    const tune = this.tunes.get(tuneId);
    if (!tune || tune.trained_at) return;
    tune.trained_at = timestamp();
    tune.updated_at = tune.trained_at;
    tune.eta = null;
    this.#callBack(tune.callback, 'tune', presentTune(tune));
  }

  /** Settles a running prompt immediately, with an error if its text contains "[fail]", otherwise with pictures. */
  settle(promptId: number): void {
    const prompt = this.prompts.get(promptId);
    if (!prompt || isSettled(prompt)) return;
    this.#pending.get(promptId)?.();
    this.#pending.delete(promptId);
    const now = timestamp();
    prompt.started_training_at ??= now;
    prompt.trained_at = now;
    prompt.updated_at = now;
    if (prompt.text?.includes(FAIL_MARKER))
      prompt.user_error = 'The prompt could not be rendered: [fail] was asked for';
    else if (prompt.reused_image) prompt.images = [prompt.reused_image];
    else prompt.images = this.#imageUrls(prompt.id, prompt.num_images ?? DEFAULT_IMAGES, prompt.video_model);
    this.#callBack(prompt.callback, 'prompt', presentPrompt(prompt));
    this.#batchDone(prompt.id);
  }

  /** Posts these prompts to the URL in one request after all of them have settled. */
  addBatchCallback(url: string, promptIds: readonly number[]): void {
    this.#batches.add(url, promptIds);
  }

  /** Removes a prompt with its timers and uploads. */
  deletePrompt(promptId: number): void {
    this.#pending.get(promptId)?.();
    this.#pending.delete(promptId);
    this.prompts.delete(promptId);
    this.uploads.forget(`prompts/${promptId}`);
    this.#batchDone(promptId);
  }

  deleteTune(tuneId: number): void {
    for (const { id } of this.prompts.where({ tune_id: tuneId })) this.deletePrompt(id);
    this.tunes.delete(tuneId);
    this.uploads.forget(`tunes/${tuneId}`);
  }

  /** Returns the first file uploaded with a prompt, optionally only for one field. */
  findUpload(promptId: number, field?: string): Upload | undefined {
    return this.findUploads(promptId).find((upload) => field === undefined || upload.field === field);
  }

  findUploads(promptId: number): Upload[] {
    return this.uploads.of(`prompts/${promptId}`);
  }

  /** Stops all timers and callbacks, so that nothing settles by itself afterwards. The data stays readable. */
  stop(): void {
    this.#timers.clear();
    this.#pending.clear();
    this.#batches.clear();
    this.#callbacks.abort();
  }

  /** Stops all timers and callbacks, and deletes all data. */
  clear(): void {
    this.stop();
    const { tunes, prompts, packs, workspaces, uploads } = this;
    for (const store of [tunes, prompts, packs, workspaces, uploads]) store.clear();
  }

  /** Returns the URLs for the list of images, which also contains videos. */
  #imageUrls(promptId: number, count: number, videoModel: string | null | undefined): string[] {
    const extension = videoModel ? 'mp4' : 'png';
    return Array.from(
      { length: count },
      (_, n) => `${this.#settings.imagesUrl}/${promptId}/${n}.${extension}`,
    );
  }

  /** Posts an object to its callback URL, in the format set by the dialect. */
  #callBack(url: string | null, kind: 'prompt' | 'tune', shown: Record<string, unknown>): void {
    if (url)
      this.#callbacks.send(url, kind, this.dialect.callbackBody === 'bare' ? shown : { [kind]: shown });
  }

  #batchDone(promptId: number): void {
    const done = this.#batches.settle(promptId);
    if (!done) return;
    const prompts = done.promptIds.flatMap((id) => this.prompts.get(id) ?? []);
    this.#callbacks.send(done.url, 'prompts', prompts.map(presentPrompt));
  }

  #anyTune(owner: Owner): Tune {
    return this.tunes.where({ owner })[0] ?? this.addTune({ owner });
  }
}
