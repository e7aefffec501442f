/** The HTTP API, which is all that this console knows of the server. */

const TIMEOUT_MILLIS = 5_000;

/** Looking at many thousands of events, and writing down which they are, takes a while. */
const ORDER_TIMEOUT_MILLIS = 60_000;

/** A call that was answered with a problem document, or not at all. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * Reads JSON and keeps its numbers as they were written: money must not be shown rounded. Where a browser cannot, a
 * number is what JavaScript makes of it.
 */
export function parseExactly(text) {
  return JSON.parse(text, (key, value, context) =>
    typeof value === "number" && JSON.rawJSON && context?.source && String(value) !== context.source
      ? JSON.rawJSON(context.source)
      : value);
}

async function call(method, path, parse = JSON.parse, content = {}, timeoutMillis = TIMEOUT_MILLIS) {
  let response;
  let text;
  try {
    response = await fetch(path, { method, ...content, cache: "no-store", signal: AbortSignal.timeout(timeoutMillis) });
    text = await response.text();
  } catch (failure) {
    throw new Problem(0, failure.name === "TimeoutError" ? "The server did not answer in time." : "The server cannot be reached.");
  }
  if (response.ok) {
    return parse(text);
  }
  throw refusal(response, text);
}

function refusal(response, text) {
  let detail = `The server answered ${response.status}.`;
  try {
    detail = JSON.parse(text).detail ?? detail;
  } catch {
    // no problem document; the status has to do
  }
  return new Problem(response.status, detail);
}

export const get = (path) => call("GET", path);

/** Reads what has events in it. */
export const getExactly = (path) => call("GET", path, parseExactly);

export const post = (path) => call("POST", path);

/** Sends text of a media type. */
export const postText = (path, type, body) =>
  call("POST", path, JSON.parse, { headers: { "Content-Type": type }, body }, ORDER_TIMEOUT_MILLIS);

export const postJson = (path, value) => postText(path, "application/json", JSON.stringify(value));

/** The query of a filter, without what is empty. */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

/** Why a stream is refused, which an EventSource does not tell; nothing if it is not any more, or nobody answers. */
async function refusalOf(path) {
  const begun = new AbortController();
  try {
    const response = await fetch(path, { cache: "no-store", signal: begun.signal });
    return response.ok ? undefined : refusal(response, await response.text());
  } catch {
    return undefined;
  } finally {
    begun.abort();
  }
}

/**
 * Follows events from a position on. The browser resumes by itself after a break; when it gives up, this does.
 * `onProblem` is told why it was refused, and `undefined` once it goes on.
 *
 * @returns a function that ends it
 */
export function tail(parameters, { onEvent, onSkipped, onUnreadable, onProblem }) {
  let source;
  let retry;
  let ended = false;
  let after = parameters.after;
  const open = () => {
    const path = `/api/v1/tail?${query({ ...parameters, after })}`;
    source = new EventSource(path);
    source.onopen = () => onProblem(undefined);
    source.onmessage = (message) => {
      after = message.lastEventId;
      onEvent({ position: Number(message.lastEventId), text: message.data });
    };
    source.addEventListener("skipped", onSkipped);
    source.addEventListener("unreadable", (message) => {
      after = message.lastEventId;
      onUnreadable(JSON.parse(message.data));
    });
    source.onerror = async () => {
      if (source.readyState === EventSource.CLOSED) {
        const problem = await refusalOf(path);
        if (!ended) {
          onProblem(problem);
          retry = setTimeout(open, 2_000);
        }
      }
    };
  };
  open();
  return () => {
    ended = true;
    clearTimeout(retry);
    source.close();
  };
}
