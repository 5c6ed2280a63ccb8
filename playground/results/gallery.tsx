import 'yet-another-react-lightbox/styles.css';
import 'yet-another-react-lightbox/plugins/captions.css';
import './gallery.css';
import { useState } from 'react';
import Lightbox, { type SlideImage } from 'yet-another-react-lightbox';
import Captions from 'yet-another-react-lightbox/plugins/captions';
import type { LivePrompt } from './follow-prompts.js';
import type { FoundPrompt } from './found-objects.js';
import { drawnImages } from './images.js';
import { keepFocus } from './keep-focus.js';
import { altOf, nameOf, PromptCard } from './prompt-card.js';

/** How many prompts; more would make the page slow, and the JSON has them all. */
export const MOST_DRAWN = 200;

const LABELS = { Lightbox: 'Image in large', 'Photo gallery': 'Images of the answer' };
const NO_ICON = () => null;
const PORTAL = { container: { onKeyDown: keepFocus } };

/** An image that can be opened, and where it is: the number of its card, and its own. */
interface Opened {
  readonly card: number;
  readonly image: number;
  readonly slide: SlideImage;
}

/** A card for each prompt; any of their images opens in large, and from there one can go through all of them. */
export function Gallery({ prompts }: { prompts: readonly (FoundPrompt & LivePrompt)[] }) {
  // As they were when one was opened: those that come in meanwhile would move the others.
  const [shown, setShown] = useState<{ slides: SlideImage[]; index: number } | null>(null);
  const drawn = prompts.slice(0, MOST_DRAWN);
  const left = prompts.length - drawn.length;
  const show = (card: number, image: number) => {
    const all = drawn.flatMap(openedOf);
    const index = all.findIndex((one) => one.card === card && one.image === image);
    setShown({ slides: all.map(({ slide }) => slide), index });
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
        portal={PORTAL}
        {...(shown?.slides.length === 1 && { render: { buttonPrev: NO_ICON, buttonNext: NO_ICON } })}
      />
    </>
  );
}

function openedOf(prompt: FoundPrompt, card: number): Opened[] {
  const count = prompt.images?.length;
  return drawnImages(prompt.images, location.origin).flatMap(({ src }, image) => {
    const description = `${nameOf(prompt)} (${image + 1} of ${count})`;
    return src === null ? [] : [{ card, image, slide: { src, alt: altOf(prompt, image), description } }];
  });
}
