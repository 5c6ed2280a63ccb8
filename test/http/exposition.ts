/** Content of /metrics. */
export interface Exposition {
  /** Values by series. A series is the name with its labels. */
  readonly samples: ReadonlyMap<string, number>;
  /** Types by name. */
  readonly types: ReadonlyMap<string, string>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^((${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})?) (\\S+)$`);
const NUMBER = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i;

/**
 * Reads the text format of Prometheus, version 0.0.4.
 * @throws Error if a line is malformed, a series is repeated, a sample is not below its type, or a histogram is inconsistent.
 */
export function readExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const explained = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (explained.has(name)) throw new Error(`explained twice: ${name}`);
      explained.add(name);
    } else if (kind === 'TYPE') {
      if (types.has(name) || !explained.has(name)) throw new Error(`out of order: ${line}`);
      if (!['counter', 'gauge', 'histogram'].includes(rest)) throw new Error(`no type: ${line}`);
      types.set(name, rest);
      family = name;
    } else if (line !== '') {
      const { series, value } = readSample(line, family, types.get(family) ?? '');
      if (samples.has(series)) throw new Error(`there twice: ${series}`);
      samples.set(series, value);
    }
  }
  for (const [name, type] of types) if (type === 'histogram') checkHistogram(name, samples);
  return { samples, types };
}

function readSample(line: string, family: string, type: string): { series: string; value: number } {
  const [, series = '', name = '', , value = ''] = SAMPLE.exec(line) ?? [];
  const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => family + end) : [family];
  if (!names.includes(name)) throw new Error(`not a sample of ${family}: ${line}`);
  if (!NUMBER.test(value)) throw new Error(`not a number: ${line}`);
  return { series, value: Number(value.replace('Inf', 'Infinity')) };
}

/** Checks that the buckets are cumulative, and that the last one counts everything. */
function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const buckets = new Map<string, { highest: number; count: number }>();
  for (const [series, count] of samples) {
    if (!series.startsWith(`${name}_bucket{`)) continue;
    const [, bound = ''] = /le="([^"]+)"/.exec(series) ?? [];
    const labels = series
      .slice(`${name}_bucket`.length)
      .replace(/le="[^"]+",?/, '')
      .replace('{}', '');
    const highest = Number(bound.replace('+Inf', 'Infinity'));
    const below = buckets.get(labels);
    if (below && (below.highest >= highest || below.count > count))
      throw new Error(`not cumulative: ${series}`);
    buckets.set(labels, { highest, count });
  }
  for (const [labels, { highest, count }] of buckets) {
    const isWhole = highest === Number.POSITIVE_INFINITY && samples.get(`${name}_count${labels}`) === count;
    if (!isWhole || !samples.has(`${name}_sum${labels}`)) throw new Error(`not whole: ${name}${labels}`);
  }
}
