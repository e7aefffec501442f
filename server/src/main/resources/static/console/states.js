import { html } from "lit";

/** What workers, breakers, instances and projections can be. Every state has a word and a shape besides its colour. */

export const WORKER_STATES = {
  RUNNING: { word: "Running", shape: "●", tone: "good" },
  DEGRADED: { word: "Degraded", shape: "▲", tone: "warn" },
  STALLED: { word: "Stalled", shape: "◆", tone: "bad" },
  PAUSED: { word: "Paused", shape: "❚❚", tone: "idle" },
  DOWN: { word: "Down", shape: "■", tone: "bad" },
};

export const BREAKER_STATES = {
  CLOSED: { word: "Closed", shape: "●", tone: "good", means: "lets events through" },
  OPEN: { word: "Open", shape: "■", tone: "bad", means: "lets none through for a while, because too many failed" },
  HALF_OPEN: { word: "Half-open", shape: "▲", tone: "warn", means: "lets a few through to see whether they fail" },
  FORCED_OPEN: { word: "Forced open", shape: "■", tone: "bad", means: "lets none through until it is reset" },
};

export const INSTANCE_STATES = {
  ALIVE: { word: "Alive", shape: "●", tone: "good" },
  SILENT: { word: "Silent", shape: "■", tone: "bad" },
};

export const PROJECTION_STATES = {
  LIVE: { word: "Live", shape: "●", tone: "good" },
  REBUILDING: { word: "Rebuilding", shape: "▲", tone: "warn" },
  STOPPED: { word: "Stopped", shape: "■", tone: "bad" },
  SILENT: INSTANCE_STATES.SILENT,
};

/** A state as it is shown everywhere. */
export const toned = ({ word, shape, tone }) =>
  html`<span class=${tone}><span class="shape" aria-hidden="true">${shape}</span><span class="word">${word}</span></span>`;
