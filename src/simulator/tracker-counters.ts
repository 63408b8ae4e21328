/**
 * What a tracker client counted, in fixes unless said.
 *
 * `handedOver` counts each fix once, when the caller passes it to `send`. `transmitted` counts it again each time that its
 * report goes onto a socket; so after a cut link it may exceed what the server ever read. A fix that the server read twice
 * is one admitted and one duplicate there. While no link breaks, handedOver = transmitted = admitted + duplicate +
 * flagged + refused at the server.
 */
export interface TrackerCounters {
  handedOver: number;
  transmitted: number;
  /** Fixes in reports whose Ack came, each report counted once; rejected fixes are among them. */
  acknowledged: number;
  /** Acknowledged fixes that the Ack names as invalid. */
  rejected: number;
  /** Fixes in reports that the server refused for good. */
  refused: number;
  /** Reports handed over, and reports sent again. */
  reports: number;
  resentReports: number;
  /** Sockets that came to a Welcome. */
  connections: number;
}

export function noCounters(): TrackerCounters {
  return {
    handedOver: 0,
    transmitted: 0,
    acknowledged: 0,
    rejected: 0,
    refused: 0,
    reports: 0,
    resentReports: 0,
    connections: 0,
  };
}

/** The sum over a fleet. */
export function sumCounters(all: Iterable<TrackerCounters>): TrackerCounters {
  const sum = noCounters();
  for (const one of all) for (const key of Object.keys(sum) as (keyof TrackerCounters)[]) sum[key] += one[key];
  return sum;
}
