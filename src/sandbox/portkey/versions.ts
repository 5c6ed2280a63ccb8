import { z } from 'zod';
import { type Call, readBody } from './call.js';
import { refusal } from './errors.js';
import { toListResponse } from './paging.js';
import { latestVersion, publishedVersion, type Version, type Versioned } from './records.js';
import {
  type ResourceKind,
  type Route,
  reads,
  recordToRead,
  recordToWrite,
  resourceRoutes,
  writes,
} from './resources.js';

/** A resource whose content is versioned. One version is published. */
export interface VersionedKind<V extends Version> extends ResourceKind<Versioned<V>> {
  /** Returns the version as shown in a version list. */
  versionItem(record: Versioned<V>, version: V): unknown;
  /** Error code of a request to publish an unknown version. */
  unknownVersion: 'AB02' | 'AB08';
  afterPublish?(record: Versioned<V>): void;
}

/** Creates the endpoints of a versioned resource. */
export function versionedRoutes<V extends Version>(
  path: string,
  kind: VersionedKind<V>,
): Record<string, Route> {
  return {
    ...resourceRoutes(path, kind),
    [`GET ${path}/:id/versions`]: reads([], (call) => listVersions(call, kind)),
    [`PUT ${path}/:id/makeDefault`]: writes((call) => publish(call, kind)),
  };
}

/** Lists versions, newest first. */
function listVersions<V extends Version>(call: Call, kind: VersionedKind<V>): unknown {
  const record = recordToRead(call, kind, 'lists');
  const versions = record.versions.toReversed().map((version) => kind.versionItem(record, version));
  return call.state.dialect.versionLists === 'bare' ? versions : toListResponse(versions);
}

const MakeDefaultBody = z.strictObject({ version: z.int().min(1) });

function publish<V extends Version>(call: Call, kind: VersionedKind<V>): unknown {
  const record = recordToWrite(call, kind);
  const { version } = readBody(call, MakeDefaultBody);
  if (record.versions.every(({ number }) => number !== version)) {
    throw refusal(kind.unknownVersion, `Version ${version} not found`);
  }
  record.published = version;
  kind.afterPublish?.(record);
  return {};
}

/** Returns the version named `latest`, `default` (the published one) or by its number. @throws Refusal */
export function requireVersionNamed<V extends Version>(record: Versioned<V>, name: string): V {
  if (name === 'latest') return latestVersion(record);
  if (name === 'default') return publishedVersion(record);
  const version = record.versions.find(({ number }) => String(number) === name);
  if (!version) throw refusal('AB02', `Version ${name} not found`);
  return version;
}

/** Returns the version in the parameter `version`, or the published one. @throws Refusal */
export function wantedVersion<V extends Version>(record: Versioned<V>, { request }: Call): V {
  return requireVersionNamed(record, request.query.get('version') ?? 'default');
}
