import 'yet-another-react-lightbox/styles.css';
import 'yet-another-react-lightbox/plugins/captions.css';
import './gallery.css';
import { useState } from 'react';
import Lightbox, { type SlideImage } from 'yet-another-react-lightbox';
import Captions from 'yet-another-react-lightbox/plugins/captions';
import type { LivePrompt } from './follow-prompts.js';
import type { FoundPrompt } from './found-objects.js';
import { altOf, nameOf, PromptCard } from './prompt-card.js';

/** More would make the page slow; the JSON has them all. */
const MOST_DRAWN = 200;

const LABELS = { Lightbox: 'Image in large', 'Photo gallery': 'Images of the answer' };
const NO_ICON = () => null;

/** A card for each prompt; any of their images opens in large, and from there one can go through all of them. */
export function Gallery({ prompts }: { prompts: readonly (FoundPrompt & LivePrompt)[] }) {
  // As they were when one was opened: those that come in meanwhile would move the others.
  const [shown, setShown] = useState<{ slides: SlideImage[]; index: number } | null>(null);
  const drawn = prompts.slice(0, MOST_DRAWN);
  const left = prompts.length - drawn.length;
  const show = (card: number, image: number) => {
    const before = drawn.slice(0, card).reduce((sum, { images }) => sum + (images?.length ?? 0), 0);
    setShown({ slides: drawn.flatMap(slidesOf), index: before + image });
  };
  return (
    <>
      <ul className="pg-gallery" aria-label="Prompts">
        {drawn.map((prompt, card) => (
          <PromptCard
            key={prompt.id ?? `card ${card}`}
            prompt={prompt}
            onShow={(image) => show(card, image)}
          />
        ))}
      </ul>
      {left > 0 && <p className="pg-small">And {left} more prompts in the answer.</p>}
      <Lightbox
        open={shown !== null}
        close={() => setShown(null)}
        slides={shown?.slides ?? []}
        index={shown?.index ?? 0}
        plugins={[Captions]}
        labels={LABELS}
        carousel={{ finite: true }}
        controller={{ closeOnBackdropClick: true }}
        {...(shown?.slides.length === 1 && { render: { buttonPrev: NO_ICON, buttonNext: NO_ICON } })}
      />
    </>
  );
}

function slidesOf(prompt: FoundPrompt): SlideImage[] {
  const images = prompt.images ?? [];
  return images.map((src, image) => ({
    src,
    alt: altOf(prompt, image),
    description: `${nameOf(prompt)} (${image + 1} of ${images.length})`,
  }));
}
