import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

// prom-client builds and looks up a string for each increment, which is 6 % of the CPU time of an operation with 50 upstream
// calls. Here an increment only finds its record. prom-client formats the records when metrics are requested.

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registry: Registry;
}

type Labels = Readonly<Record<string, string>>;

/** A counter for each combination of label values. */
export class LabelledCounter extends Counter {
  readonly #series: SeriesTree<{ readonly labels: Labels; value: number }>;

  constructor({ name, help, labelNames, registry }: MetricOptions) {
    super({ name, help, labelNames, registers: [registry] });
    this.#series = seriesTree(labelNames, (labels) => ({ labels, value: 0 }));
  }

  /** @param values Values of the labels, in the order of their names. */
  add(count: number, ...values: readonly string[]): void {
    this.#series.find(values).value += count;
  }

  override async get() {
    return { ...(await super.get()), values: this.#series.all };
  }
}

interface Distribution {
  readonly labels: Labels;
  /** Number of values per bucket, not cumulative. The last bucket is +Inf. */
  readonly counts: number[];
  sum: number;
}

/** A histogram for each combination of label values. Extends Gauge because a registry reads histograms by an untyped method. */
export class LabelledHistogram extends Gauge {
  readonly #description: Histogram;
  readonly #bounds: readonly number[];
  readonly #series: SeriesTree<Distribution>;

  /** @param buckets Upper bounds, ascending. */
  constructor({ name, help, labelNames, registry, buckets }: MetricOptions & { buckets: readonly number[] }) {
    super({ name, help, registers: [registry] });
    this.#description = new Histogram({ name, help, labelNames, registers: [] });
    this.#bounds = buckets;
    const counts = [...buckets, 0].fill(0);
    this.#series = seriesTree(labelNames, (labels) => ({ labels, counts: [...counts], sum: 0 }));
  }

  /** @param values Values of the labels, in the order of their names. */
  observe(value: number, ...values: readonly string[]): void {
    const distribution = this.#series.find(values);
    let bucket = 0;
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      bucket += 1;
    }
    distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  override async get() {
    const description = await this.#description.get();
    const { name } = description;
    const bounds = [...this.#bounds, '+Inf'];
    const values = this.#series.all.flatMap(({ labels, counts, sum }) => {
      let total = 0;
      const buckets = bounds.map((le, index) => {
        total += counts[index] ?? 0;
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: total },
      ];
    });
    return { ...description, values };
  }
}

/** Record of a metric for some label values, and the nodes for one more value. */
interface SeriesNode<S> {
  readonly children: Map<string, SeriesNode<S>>;
  series: S | null;
}

const newNode = <S>(): SeriesNode<S> => ({ children: new Map(), series: null });

/** Creates and finds the records of a metric by the values of their labels. */
function seriesTree<S>(labelNames: readonly string[], create: (labels: Labels) => S) {
  const all: S[] = [];
  const root = newNode<S>();
  const find = (values: readonly string[]): S => {
    let node = root;
    for (const value of values) {
      let child = node.children.get(value);
      if (!child) {
        child = newNode();
        node.children.set(value, child);
      }
      node = child;
    }
    if (node.series === null) {
      const labels = labelNames.map((name, index) => [name, values[index] ?? '']);
      node.series = create(Object.fromEntries(labels));
      all.push(node.series);
    }
    return node.series;
  };
  return { all, find };
}

type SeriesTree<S> = ReturnType<typeof seriesTree<S>>;
