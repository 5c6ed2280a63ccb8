import { PAGE_SIZE, type ReplicationItem, type ShownReplication } from './follow-replication.js';
import { humanize } from './labels.js';
import { StatusChip } from './status-chip.js';

const COLUMNS = ['Source', 'Action', 'Status', 'Replica'];

interface ReplicationItemsProps {
  readonly items: NonNullable<ShownReplication['items']>;
  /** True while another page loads. */
  readonly isBusy: boolean;
  /** Page number, counted from 0. */
  readonly page: number;
  readonly onPrevious: () => void;
  /** Opens the next page, which starts after this cursor. */
  readonly onNext: (after: string) => void;
}

/** Page of the items of a replication as a scrollable table. */
export function ReplicationItems({ items, isBusy, page, onPrevious, onNext }: ReplicationItemsProps) {
  const { totalCount, nodes, pageInfo } = items;
  const [first, last] = [page * PAGE_SIZE + 1, page * PAGE_SIZE + nodes.length];
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard */}
      <section key={page} className="pg-table-frame" tabIndex={0} aria-label="Items" aria-busy={isBusy}>
        <table className="pg-table">
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {nodes.map((item) => (
              <ItemRow key={item.source.id} item={item} />
            ))}
          </tbody>
        </table>
      </section>
      <p className="pg-pages">
        <span>{nodes.length > 0 ? `${first} to ${last} of ${totalCount}` : 'No items.'}</span>
        <PageButton label="Previous" go={page > 0 && !isBusy ? onPrevious : null} />
        <PageButton label="Next" go={next !== null && !isBusy ? () => onNext(next) : null} />
      </p>
    </>
  );
}

/** Button that stays focusable while it is disabled, so that the focus is not lost on the last page. */
function PageButton({ label, go }: { label: string; go: (() => void) | null }) {
  return (
    <button type="button" className="pg-button" aria-disabled={go === null} onClick={() => go?.()}>
      {label}
    </button>
  );
}

/** Row of an item. Its error gets a separate row, which is easier to read in a narrow pane. */
function ItemRow({ item }: { item: ReplicationItem }) {
  const { source, action, status, replicaName, replica, error } = item;
  return (
    <>
      <tr className={error ? 'pg-with-error' : undefined}>
        <th scope="row" title={source.id}>
          {source.name ?? source.id}
        </th>
        <td>{humanize(action)}</td>
        <td>
          <StatusChip status={status} />
        </td>
        <td title={replica?.id}>{replicaName}</td>
      </tr>
      {error && (
        <tr>
          <td colSpan={COLUMNS.length} className="pg-item-error">
            Error: <code>{error.code}</code> {error.message}
          </td>
        </tr>
      )}
    </>
  );
}
