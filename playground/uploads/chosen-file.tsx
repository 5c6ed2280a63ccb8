import { type ReactNode, useEffect, useState } from 'react';
import { fileSize } from './file-size.js';

/** Returns the object URL of a file while it is shown, or null before the first effect. */
function useObjectUrl(file: File): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

interface Drawing {
  readonly isBroken: boolean;
  /** Image size, such as `1024 × 768`. */
  readonly pixels: string | null;
}

/** Attached file with a preview, its details and a button that removes it. */
export function ChosenFile(props: { file: File; slotLabel: string; onRemove: () => void }): ReactNode {
  const { file, slotLabel, onRemove } = props;
  const url = useObjectUrl(file);
  const [{ isBroken, pixels }, setDrawing] = useState<Drawing>({ isBroken: false, pixels: null });
  const facts = [fileSize(file.size), file.type || 'unknown type', pixels];
  return (
    <li className="pg-upload-file">
      {isBroken ? (
        // Browsers cannot show every accepted type. Most cannot show HEIC.
        <span className="pg-upload-thumbnail">no preview</span>
      ) : (
        <img
          className="pg-upload-thumbnail"
          src={url ?? undefined}
          alt=""
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setDrawing({ isBroken: false, pixels: `${naturalWidth}\u00a0×\u00a0${naturalHeight}` })
          }
          onError={() => setDrawing({ isBroken: true, pixels: null })}
        />
      )}
      <span className="pg-upload-facts">
        <span className="pg-upload-name">{file.name}</span>
        <span className="pg-upload-kind">{facts.filter(Boolean).join(' · ')}</span>
      </span>
      <button
        type="button"
        className="pg-upload-remove"
        aria-label={`Remove ${file.name} from ${slotLabel}`}
        onClick={onRemove}
      >
        <span aria-hidden="true">×</span>
      </button>
    </li>
  );
}
