import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

// prom-client builds and looks up a string for each increment, which is 6 % of the CPU time of an operation with 50 upstream
// calls. These classes only find a record, and prom-client formats the records when metrics are requested.

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registry: Registry;
}

type Labels = Readonly<Record<string, string>>;

/** Counter for each combination of label values. */
export class LabelledCounter extends Counter {
  readonly #series: SeriesMap<{ readonly labels: Labels; value: number }>;

  constructor({ name, help, labelNames, registry }: MetricOptions) {
    super({ name, help, labelNames, registers: [registry] });
    this.#series = new SeriesMap(labelNames, (labels) => ({ labels, value: 0 }));
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

/** Histogram for each combination of label values. Extends Gauge because a registry reads histograms by an untyped method. */
export class LabelledHistogram extends Gauge {
  readonly #description: Histogram;
  readonly #bounds: readonly number[];
  readonly #series: SeriesMap<Distribution>;

  /** @param buckets Upper bounds, ascending. */
  constructor({ name, help, labelNames, registry, buckets }: MetricOptions & { buckets: readonly number[] }) {
    super({ name, help, registers: [registry] });
    this.#description = new Histogram({ name, help, labelNames, registers: [] });
    this.#bounds = buckets;
    const counts = [...buckets, 0].fill(0);
    this.#series = new SeriesMap(labelNames, (labels) => ({ labels, counts: [...counts], sum: 0 }));
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

/** Separator of label values in the key of a record. No value contains it. */
const SEPARATOR = '\n';

/** Records of a metric, by the values of their labels. */
class SeriesMap<S> {
  readonly #byValues = new Map<string, S>();

  constructor(
    readonly labelNames: readonly string[],
    readonly create: (labels: Labels) => S,
  ) {}

  get all(): S[] {
    return [...this.#byValues.values()];
  }

  find(values: readonly string[]): S {
    const key = values.join(SEPARATOR);
    let series = this.#byValues.get(key);
    if (!series) {
      series = this.create(
        Object.fromEntries(this.labelNames.map((name, index) => [name, values[index] ?? ''])),
      );
      this.#byValues.set(key, series);
    }
    return series;
  }
}
