import { useState } from 'react';
import type { LivePrompt } from './follow-prompts.js';
import type { FoundPrompt } from './found-objects.js';
import { StatusChip } from './status-chip.js';
import { isToBeFollowed } from './use-prompt-updates.js';

const LONGEST_NAME = 120;

interface PromptCardProps {
  readonly prompt: FoundPrompt & LivePrompt;
  /** Shows an image in large; 0 is the first. */
  readonly onShow: (image: number) => void;
}

/** What a prompt is called: its text, or at least its id. */
export function nameOf({ id, text }: FoundPrompt): string {
  const name = text || (id === null ? 'A prompt' : `Prompt ${id}`);
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

/** What a prompt's image is called, for those who cannot see it. */
export function altOf(prompt: FoundPrompt, image: number): string {
  return `${nameOf(prompt)}, image ${image + 1}`;
}

/** A prompt with its images, or with what is known instead of them. */
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
        <div className="pg-thumbs">
          {images.map((src, image) => (
            <Thumbnail key={src} src={src} alt={altOf(prompt, image)} onShow={() => onShow(image)} />
          ))}
        </div>
      ) : (
        <NoImages prompt={prompt} />
      )}
    </li>
  );
}

function NoImages({ prompt }: { prompt: FoundPrompt & LivePrompt }) {
  const { error, fault, images } = prompt;
  if (error || fault) return <p className="pg-card-fault">{error || fault}</p>;
  if (isToBeFollowed(prompt)) {
    return (
      <p className="pg-card-wait">
        <span className="pg-spinner" /> Rendering…
      </p>
    );
  }
  return <p className="pg-small">{images === undefined ? 'Its images were not asked for.' : 'No images.'}</p>;
}

function Thumbnail({ src, alt, onShow }: { src: string; alt: string; onShow: () => void }) {
  const [isBroken, setBroken] = useState(false);
  return (
    <button type="button" className="pg-thumb" onClick={onShow}>
      {isBroken ? (
        <span className="pg-thumb-broken">
          <span className="pg-unseen">{alt}: </span>cannot be shown
        </span>
      ) : (
        <img src={src} alt={alt} loading="lazy" decoding="async" onError={() => setBroken(true)} />
      )}
    </button>
  );
}
