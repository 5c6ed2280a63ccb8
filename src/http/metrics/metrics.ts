import { STATUS_CODES } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { OperationTypeNode } from 'graphql';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { monotonicMs } from '../../domain/clock.js';
import type { Upstream } from '../../domain/upstream-error.js';
import { ERROR_CODES } from '../../graphql/error-mapping.js';
import type { BreakerState } from '../../upstream/breaker.js';
import type { ObservedAttempt } from '../../upstream/outcomes.js';
import type { InFlightRequest } from '../in-flight-requests.js';
import { LabelledCounter, LabelledHistogram } from './labelled-metrics.js';

/** Upper bounds in seconds, from requests without an upstream call to the longest wait for an upstream. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Reasons of refusals, by status. */
const REFUSALS: Readonly<Record<number, string>> = { 429: 'rate_limited', 503: 'shed' };

type Count = () => number;

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];

/**
 * Metrics of one gateway, in a separate registry. Label values come from fixed sets, and never from a client or an upstream.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new LabelledCounter({
    name: 'promptgate_http_requests_total',
    help: 'HTTP requests that have ended, by route, method and status class, or aborted if the client disconnected first.',
    labelNames: ['route', 'method', 'status'],
    registry: this.#registry,
  });
  readonly #durations = new LabelledHistogram({
    name: 'promptgate_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its response. Streams are not included.',
    labelNames: ['route', 'method', 'status'],
    buckets: REQUEST_BUCKETS,
    registry: this.#registry,
  });
  readonly #refusals = new LabelledCounter({
    name: 'promptgate_http_refusals_total',
    help: 'HTTP requests that were refused, by reason: rate_limited (429) or shed (503).',
    labelNames: ['reason'],
    registry: this.#registry,
  });
  readonly #operations = new LabelledCounter({
    name: 'promptgate_graphql_operations_total',
    help:
      'GraphQL operations by type (unknown if it could not be determined) and outcome: ' +
      'the code of the first error, or ok. A subscription is counted when it starts.',
    labelNames: ['type', 'outcome'],
    registry: this.#registry,
  });
  readonly #attempts = new LabelledCounter({
    name: 'promptgate_upstream_attempts_total',
    help: 'Attempts at calls to an upstream, by endpoint and status. The status is none if there was no response.',
    labelNames: ['upstream', 'endpoint', 'status'],
    registry: this.#registry,
  });
  readonly #attemptDurations = new LabelledHistogram({
    name: 'promptgate_upstream_attempt_duration_seconds',
    help: 'Time of one attempt at a call to an upstream, including the response body.',
    labelNames: ['upstream', 'endpoint'],
    buckets: REQUEST_BUCKETS,
    registry: this.#registry,
  });
  readonly #process = processMetrics();

  constructor() {
    // Alerts on an increase need both values from the start.
    for (const reason of Object.values(REFUSALS)) this.#refusals.add(0, reason);
  }

  /** Counts an operation by its type and the code of its first error, or `ok`. */
  readonly countOperation = (type: OperationTypeNode | 'unknown', outcome: unknown): void =>
    this.#operations.add(1, type, outcomeOf(outcome));

  /** Exposes the work in progress that is not part of a request. */
  addWorkGauges({
    followed,
    replications,
  }: {
    readonly followed: Count;
    readonly replications: Count;
  }): void {
    this.#addGauge(
      'promptgate_followed_subjects',
      'Prompts, tunes and replications with subscribers.',
      followed,
    );
    this.#addGauge(
      'promptgate_replications_running',
      'Replications that this process is running.',
      replications,
    );
  }

  /** Exposes the state of the circuit breakers. */
  addBreakerGauges(upstreams: Readonly<Record<Upstream, { readonly breakerState: BreakerState }>>): void {
    const gauge: Gauge<'upstream' | 'state'> = new Gauge({
      name: 'promptgate_upstream_breaker_state',
      help: '1 for the current state of the circuit breaker of an upstream, 0 for the others.',
      labelNames: ['upstream', 'state'],
      registers: [this.#registry],
      collect: () => {
        for (const [upstream, { breakerState }] of Object.entries(upstreams))
          for (const state of BREAKER_STATES) gauge.set({ upstream, state }, state === breakerState ? 1 : 0);
      },
    });
  }

  #addGauge(name: string, help: string, count: Count): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(count()),
    });
  }

  /** Returns a function that counts the attempts at calls to an upstream. */
  attemptObserver(upstream: Upstream): (attempt: ObservedAttempt) => void {
    return ({ endpoint, status, seconds }) => {
      const label = status !== null && status in STATUS_CODES ? String(status) : 'other';
      this.#attempts.add(1, upstream, endpoint, status === null ? 'none' : label);
      this.#attemptDurations.observe(seconds, upstream, endpoint);
    };
  }

  /** Counts a request that has ended. */
  countRequest({ request, reply, since, isSentByFastify }: InFlightRequest): void {
    const { statusCode, headersSent } = reply.raw;
    const route = request.routeOptions.url ?? 'none';
    const method = METHODS.has(request.method) ? request.method : 'other';
    const status = headersSent ? `${Math.floor(statusCode / 100)}xx` : 'aborted';
    this.#requests.add(1, route, method, status);
    if (isSentByFastify) this.#durations.observe((monotonicMs() - since) / 1000, route, method, status);
    const reason = headersSent ? REFUSALS[statusCode] : undefined;
    if (reason !== undefined) this.#refusals.add(1, reason);
  }

  /** Serves all metrics at /metrics, including the numbers of open streams and WebSockets. */
  expose(app: FastifyInstance, open: { readonly streams: Count; readonly webSockets: Count }): void {
    this.#addGauge('promptgate_open_streams', 'Responses that are being sent as a stream.', open.streams);
    this.#addGauge('promptgate_open_websockets', 'Open WebSockets.', open.webSockets);
    app.get('/metrics', async (_request, reply) => {
      reply.header('cache-control', 'no-store').type(this.#registry.contentType);
      return (await this.#registry.metrics()) + (await this.#process.metrics());
    });
  }
}

let processRegistry: Registry | null = null;
/**
 * Default metrics whose call of `process._getActiveHandles()` can make Node.js abort after a `monitorEventLoopDelay()` histogram
 * was garbage-collected. `nodejs_active_resources` has the same counts.
 */
const UNSAFE_METRICS = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
];

/** Returns the metrics of the process. Its gateways share them, because prom-client never releases its observers. */
function processMetrics(): Registry {
  if (!processRegistry) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
    for (const name of UNSAFE_METRICS) processRegistry.removeSingleMetric(name);
  }
  return processRegistry;
}

function outcomeOf(code: unknown): string {
  return code === 'ok' || (typeof code === 'string' && ERROR_CODES.has(code)) ? code : 'other';
}
