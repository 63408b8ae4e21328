/** The version that a live socket told: the socket adds the name of the message, the alert's state and a sentence. */
export function versionTold(alert: object): Readonly<Record<string, unknown>> {
  const { type: _type, state: _state, sentence: _sentence, ...version } = alert as Record<string, unknown>;
  return version;
}
