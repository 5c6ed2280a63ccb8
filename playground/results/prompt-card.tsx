import { useState } from 'react';
import type { FoundPrompt } from './extract-entities.js';
import type { LivePrompt } from './follow-prompts.js';
import { drawnImages } from './images.js';
import { asSentence } from './labels.js';
import { StatusChip } from './status-chip.js';
import { isToBeFollowed } from './use-prompt-updates.js';

const LONGEST_NAME = 120;

interface PromptCardProps {
  readonly prompt: FoundPrompt & LivePrompt;
  /** Enlarges an image, counted from 0. */
  readonly onShow: (image: number) => void;
}

/** Returns the name of a prompt: its text, or its id. */
export function nameOf({ id, text }: FoundPrompt): string {
  const name = text || (id === null ? 'A prompt' : `Prompt ${id}`);
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

/** Returns the alternative text of a prompt's image. */
export function altOf(prompt: FoundPrompt, image: number): string {
  return `${nameOf(prompt)}, image ${image + 1}`;
}

/** Card of a prompt with its images, or with its state. */
export function PromptCard({ prompt, onShow }: PromptCardProps) {
  const { id, text, status, images } = prompt;
  return (
    <li className="pg-card">
      <p className="pg-card-text" title={text ?? undefined}>
        {nameOf(prompt)}
      </p>
      <p className="pg-card-facts">
        {status && <StatusChip status={status} />}
        {id !== null && text && <span className="pg-small">{id}</span>}
      </p>
      {images && images.length > 0 ? (
        <Thumbnails prompt={prompt} count={images.length} onShow={onShow} />
      ) : (
        <NoImages prompt={prompt} />
      )}
    </li>
  );
}

function Thumbnails({ prompt, count, onShow }: PromptCardProps & { readonly count: number }) {
  const drawn = drawnImages(prompt.images, location.origin);
  const remaining = count - drawn.length;
  return (
    <>
      <div className="pg-thumbs">
        {drawn.map(({ key, src }, image) => {
          const alt = altOf(prompt, image);
          if (src === null) return <Placeholder key={key} alt={alt} label="not shown" />;
          return <Thumbnail key={key} src={src} alt={alt} onShow={() => onShow(image)} />;
        })}
      </div>
      {remaining > 0 && (
        <p className="pg-small">
          And {remaining} more {remaining === 1 ? 'image' : 'images'} in the response.
        </p>
      )}
    </>
  );
}

function NoImages({ prompt }: { prompt: FoundPrompt & LivePrompt }) {
  const { error, followError, retryInSeconds, images } = prompt;
  const isFollowed = isToBeFollowed(prompt) && (!followError || retryInSeconds != null);
  if (error || (followError && !isFollowed)) return <p className="pg-card-error">{error || followError}</p>;
  if (!isFollowed) {
    return (
      <p className="pg-small">{images === undefined ? 'Its images were not requested.' : 'No images.'}</p>
    );
  }
  return (
    <>
      <p className="pg-card-wait">
        <span className="pg-spinner" /> Rendering…
      </p>
      {followError && (
        <p className="pg-small">
          {asSentence(followError)} Next attempt in {retryInSeconds} s.
        </p>
      )}
    </>
  );
}

function Thumbnail({ src, alt, onShow }: { src: string; alt: string; onShow: () => void }) {
  const [isBroken, setBroken] = useState(false);
  return (
    <button type="button" className="pg-thumb" onClick={onShow}>
      {isBroken ? (
        <Placeholder alt={alt} label="cannot be shown" />
      ) : (
        <img src={src} alt={alt} loading="lazy" decoding="async" onError={() => setBroken(true)} />
      )}
    </button>
  );
}

/** Placeholder of an image. */
function Placeholder({ alt, label }: { alt: string; label: string }) {
  return (
    <span className="pg-thumb-mark">
      <span className="pg-unseen">{alt}: </span>
      {label}
    </span>
  );
}
